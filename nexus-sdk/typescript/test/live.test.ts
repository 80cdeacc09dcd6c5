// What a program does with a client, on the real server.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { ApiError, Client, NEVER, UiClient, applyOptimistic, buildQuery, createClient, items } from '../src/index.js';
import { answers, clientOf, corpus, server, until } from './server.js';

let handbook = '';
before(async () => {
  handbook = await corpus();
});

const session = () => `s-${randomUUID()}`;
const refusal = (status: number, code: string) => (error: unknown) => {
  assert.ok(error instanceof ApiError, String(error));
  assert.deepEqual([error.status, error.code], [status, code]);
  assert.ok(error.requestId);
  return true;
};

test('from nothing to an answer', async () => {
  const editor = clientOf();
  const id = `c-${randomUUID()}`;
  assert.equal((await editor.createCorpus({ body: { id, name: 'Handbook' } })).data.id, id);
  const file = new Blob(['# Changes\n\nRoutine changes need a second pair of eyes.\n'], { type: 'text/markdown' });
  const { data: accepted } = await editor.uploadDocument({ body: { corpus_id: id, file } });
  const document = await editor.waitForDocument(accepted.document_id, { timeout: 60_000 });
  assert.equal(document.status, 'succeeded');
  const names: string[] = [];
  for await (const found of items((cursor) => editor.listCorpora({ query: { limit: 1, cursor } }))) {
    names.push(found.id);
  }
  assert.ok(names.includes(id));
  const search = await editor.searchCorpusFiltered({ path: { corpus_id: id }, body: { query: 'second pair of eyes' } });
  assert.equal(search.data.items[0]?.document_id, accepted.document_id);

  let text = '';
  const seen: [string, number][] = [];
  for await (const event of editor.run({ session_id: session(), corpus_id: id, message: 'say 4 words' })) {
    seen.push([event.type, event.seq]);
    if (event.type === 'token.delta') text += event.data.delta;
    if (event.type === 'message.final') assert.equal(event.data.text, text);
  }
  assert.equal(text, 'word1 word2 word3 word4 ');
  assert.deepEqual(seen.map(([, seq]) => seq), seen.map((_, index) => index + 1));
  assert.equal(seen.at(-1)?.[0], 'done');
});

test('an answer alone, and the names of older clients', async () => {
  const reader = clientOf('reader');
  const question = { session_id: session(), corpus_id: handbook, message: 'say 2 words', top_k: 3 };
  assert.equal((await reader.run(question).answer()).text, 'word1 word2 ');
  const older = await createClient({ apiKey: server.keys.reader, basePath: server.url });
  assert.equal((await older.healthHealthGet()).status, 'ok');
});

test('a repeated change happens once, and a conflict is told', async () => {
  const editor = clientOf();
  const body = { id: `c-${randomUUID()}`, name: 'Once' };
  const headers = { 'Idempotency-Key': randomUUID() };
  const first = await editor.createCorpus({ body, headers });
  assert.deepEqual((await editor.createCorpus({ body, headers })).data, first.data);
  await assert.rejects(editor.createCorpus({ body }), refusal(409, 'CONFLICT'));
  await clientOf('admin').deleteCorpus({ path: { corpus_id: body.id } });
  await assert.rejects(editor.getCorpus({ path: { corpus_id: body.id } }), refusal(404, 'NOT_FOUND'));
});

test('refusals have a code and the id of the request', async () => {
  const nobody = new Client({ baseUrl: server.url, apiKey: 'nrgk_nobody' });
  await assert.rejects(nobody.listCorpora(), refusal(401, 'AUTH_UNAUTHORIZED'));
  const reader = clientOf('reader');
  await assert.rejects(reader.createCorpus({ body: { name: 'Mine' } }), refusal(403, 'AUTH_FORBIDDEN'));
  const question = { session_id: session(), corpus_id: handbook, message: '' };
  await assert.rejects(reader.run(question).answer(), refusal(422, 'REQUEST_VALIDATION_ERROR'));
  await assert.rejects(reader.listCorpora({ query: { cursor: 'nonsense' } }), refusal(400, 'INVALID_CURSOR'));
});

test('a quota that is used up', async () => {
  const poor = clientOf('poor');
  const limit = (daily_requests_limit: number | null) =>
    clientOf('operator').patchQuota({ path: { tenant_id: 'poor' }, body: { daily_requests_limit, hard_cap_enabled: true } });
  await limit(null);
  const corpus_id = `c-${randomUUID()}`;
  await poor.createCorpus({ body: { id: corpus_id, name: 'Poor' } });
  await limit(1);
  await assert.rejects(poor.listCorpora(), refusal(402, 'QUOTA_EXCEEDED'));
  const question = { session_id: session(), corpus_id, message: 'Hello?' };
  await assert.rejects(poor.run(question).answer(), refusal(402, 'QUOTA_EXCEEDED'));
});

test('a budget that is used up is told in a stream', async () => {
  const admin = clientOf('capped');
  const corpus_id = `c-${randomUUID()}`;
  await admin.createCorpus({ body: { id: corpus_id, name: 'Dear' } });
  const price = { version: `v-${randomUUID()}`, provider: 'openai', component: 'llm', rate_value_usd: 5 };
  await admin.createPrice({ body: { ...price, rate_type: 'per_request', effective_from: '2020-01-01T00:00:00Z' } });
  await admin.patchTenantBudget({ body: { monthly_budget_usd: 1, enforce_hard_cap: true } });
  const question = { session_id: session(), corpus_id, message: 'say 2 words' };
  const seen: string[] = [];
  for await (const event of admin.run(question)) seen.push(event.type);
  assert.deepEqual(seen, ['request.accepted', 'cost.capped', 'error', 'done']);
  await assert.rejects(admin.run(question).answer(), { name: 'RunFailedError', code: 'COST_BUDGET_EXCEEDED' });
});

test('who comes too soon waits as long as is asked', async () => {
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const hasty = clientOf('admin', { retry: NEVER });
  await assert.rejects(async () => {
    for (let n = 0; n < 20; n += 1) await hasty.listAuditEvents({ query: { limit: 1 } });
  }, (error: ApiError) => refusal(429, 'RATE_LIMITED')(error) && error.retryAfter !== undefined);
  const since = performance.now();
  const patient = clientOf('admin');
  for (let n = 0; n < 4; n += 1) assert.ok((await patient.listAuditEvents({ query: { limit: 1 } })).data);
  assert.ok(performance.now() - since > 1000);
});

test('what is switched off is tried again and then told', async () => {
  const operator = clientOf('operator');
  const turn = (off: boolean) =>
    operator.patchKillSwitches({ body: { kill_switches: { 'kill.run': off }, reason: 'a test' } });
  const question = { session_id: session(), corpus_id: handbook, message: 'say 1 words' };
  await turn(true);
  try {
    await assert.rejects(clientOf().run(question).answer(), refusal(503, 'FEATURE_TEMPORARILY_DISABLED'));
  } finally {
    await turn(false);
  }
  assert.equal((await clientOf().run(question).answer()).text, 'word1 ');
});

test('hanging up stops the model', async () => {
  const question = { session_id: session(), corpus_id: handbook, message: 'say 999 words every 20 ms' };
  const { dropped } = await answers();
  for await (const event of clientOf().run(question)) if (event.type === 'token.delta') break;
  await until(async () => (await answers()).dropped > dropped, 'the model still speaks');
  const abort = new AbortController();
  await assert.rejects(async () => {
    for await (const event of clientOf().run({ ...question, session_id: session() }, { signal: abort.signal })) {
      if (event.type === 'token.delta') abort.abort(new Error('enough'));
    }
  }, { message: 'enough' });
  await until(async () => (await answers()).dropped > dropped + 1, 'the model still speaks');
});

test('the example asks', async () => {
  const example = fileURLToPath(new URL('../examples/ask.js', import.meta.url));
  const env = { ...process.env, NEXUSRAG_URL: server.url, NEXUSRAG_API_KEY: server.keys.reader };
  const told = await promisify(execFile)(process.execPath, [example, handbook, 'say 3 words'], { env });
  assert.match(told.stdout, /^word1 word2 word3 \n/);
});

test('what web applications show', async () => {
  const ui = (role: 'reader' | 'editor' | 'admin') => new UiClient({ baseUrl: server.url, apiKey: server.keys[role] });
  const told = await ui('reader').bootstrap();
  assert.deepEqual([told.principal.tenant_id, told.principal.role, told.api.version], ['t1', 'reader', 'v1']);
  assert.equal(typeof told.entitlements['feature.tts']?.enabled, 'boolean');
  const editor = clientOf();
  for (const filename of ['20240101', '20240102', '20240101']) {
    const { data } = await editor.ingestText({ body: { corpus_id: handbook, text: 'Words.', filename } });
    await editor.waitForDocument(data.document_id, { timeout: 60_000 });
  }
  const query = { q: '2024', corpus_id: handbook, sort: ['filename', '-created_at'], limit: 1 };
  const names: string[] = [];
  let cursor: string | null = null;
  do {
    const { items: found, page, facets } = await ui('editor').listDocuments(buildQuery({ ...query, cursor }));
    names.push(...found.map((document) => document.filename));
    assert.deepEqual(facets.status, [{ value: 'succeeded', count: 3 }]);
    cursor = page.next_cursor ?? null;
  } while (cursor);
  assert.deepEqual(names, ['20240101', '20240101', '20240102']);
  const other = buildQuery({ ...query, sort: 'size' });
  await assert.rejects(ui('editor').listDocuments(other), refusal(400, 'BAD_REQUEST'));

  const { items: found } = await ui('editor').listDocuments(buildQuery({ q: '20240102', corpus_id: handbook }));
  const [document] = found;
  assert.ok(document);
  const key = randomUUID();
  const action = await ui('editor').reindexDocument(document.id, key);
  assert.equal(applyOptimistic(document, action.optimistic).status, 'queued');
  assert.equal(action.poll_url, `/v1/documents/${document.id}`);
  await editor.waitForDocument(document.id, { timeout: 60_000 });
  assert.deepEqual(await ui('editor').reindexDocument(document.id, key), action);
});
