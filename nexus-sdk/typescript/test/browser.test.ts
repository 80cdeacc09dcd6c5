// The same in a browser, on a page whose server cuts connections. Without a Chromium nothing is tried.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type IncomingMessage, type ServerResponse, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

import type * as Sdk from '../src/index.js';
import { answers, corpus, server, until } from './server.js';

const BROWSER = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const MODULES = fileURLToPath(new URL('../src/', import.meta.url));

/** Serves an empty page and the package, and passes the rest on; every second stream is cut after some bytes. */
async function site(): Promise<{ url: string; cuts: () => number; stop: () => void }> {
  let streams = 0;
  let cuts = 0;
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const upstream = request(server.url + incoming.url, { method: incoming.method, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      let left = incoming.url === '/v1/run' && (streams += 1) % 2 === 1 ? 1500 : Infinity;
      answer.on('data', (chunk: Buffer) => {
        outgoing.write(chunk.subarray(0, left));
        left -= chunk.length;
        if (left > 0) return;
        cuts += 1;
        outgoing.socket?.destroySoon();
        answer.destroy();
      });
      answer.on('end', () => outgoing.end());
    });
    upstream.on('error', () => outgoing.destroy());
    outgoing.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  };
  const http = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '/';
    if (path.startsWith('/v1/')) return pass(incoming, outgoing);
    if (path === '/') return void outgoing.setHeader('content-type', 'text/html').end('<!doctype html><title>Ask</title>');
    if (!/^\/sdk\/[\w./-]+\.js$/.test(path) || path.includes('..')) return void outgoing.writeHead(404).end();
    readFile(MODULES + path.slice('/sdk/'.length)).then(
      (text) => outgoing.setHeader('content-type', 'text/javascript').end(text),
      () => outgoing.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return { url, cuts: () => cuts, stop: () => void (http.close(), http.closeAllConnections()) };
}

test('in a browser', { skip: existsSync(BROWSER) ? false : `${BROWSER} is missing` }, async () => {
  const handbook = await corpus();
  const { url, cuts, stop } = await site();
  const browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    await page.goto(url);
    const { begun, dropped } = await answers();
    const given = { url, apiKey: server.keys.editor, corpus_id: handbook };
    const told = await page.evaluate(async ({ url, apiKey, corpus_id }) => {
      const path = '/sdk/index.js';
      const sdk = (await import(path)) as typeof Sdk;
      const client = new sdk.Client({ baseUrl: url, apiKey });
      const names: string[] = [];
      for await (const found of sdk.items((cursor) => client.listCorpora({ query: { cursor } }))) {
        names.push(found.id);
      }
      const file = new File(['Ice melts at zero degrees.'], 'ice.txt', { type: 'text/plain' });
      const { data } = await client.uploadDocument({ body: { corpus_id, file } });
      const { status } = await client.waitForDocument(data.document_id, { timeout: 60_000 });
      const question = { session_id: crypto.randomUUID(), corpus_id, message: 'say 30 words' };
      const seqs: number[] = [];
      let text = '';
      for await (const event of client.run(question)) {
        seqs.push(event.seq);
        if (event.type === 'token.delta') text += event.data.delta;
      }
      const codes: unknown[] = [];
      const refused = (error: unknown) => void codes.push((error as Sdk.ApiError).status);
      await new sdk.Client({ baseUrl: url, apiKey: 'nrgk_nobody' }).listCorpora().catch(refused);
      await client.getCorpus({ path: { corpus_id: 'nothing' } }).catch(refused);
      const long = { session_id: crypto.randomUUID(), corpus_id, message: 'say 999 words every 20 ms' };
      await new Promise<void>((resolve) => {
        const connection = sdk.connectRunStream({
          baseUrl: url,
          apiKey,
          body: long,
          onEvent: ({ event }) => void (event === 'token.delta' && connection.close()),
          onClose: resolve,
        });
      });
      return { names, status, seqs, text, codes };
    }, given);
    assert.ok(told.names.includes(handbook));
    assert.equal(told.status, 'succeeded');
    assert.deepEqual(told.seqs, told.seqs.map((_, index) => index + 1));
    assert.equal(told.text, Array.from({ length: 30 }, (_, index) => `word${index + 1} `).join(''));
    assert.ok(cuts() > 0);
    assert.deepEqual(told.codes, [401, 404]);
    await until(async () => (await answers()).dropped > dropped, 'the model still speaks');
    assert.equal((await answers()).begun - begun, 2, 'no question was answered twice');
  } finally {
    await browser.close();
    stop();
  }
});
