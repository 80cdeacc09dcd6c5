// A stream that is cut anywhere goes on without a lost or repeated event, and without a second answer.
// `NEXUS_CASES` says how many times it is tried, 25 otherwise.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import type { RunEvent } from '../src/index.js';
import { CuttingProxy, answers, chance, clientOf, corpus } from './server.js';

const CASES = Number(process.env['NEXUS_CASES'] ?? 25);
const WORDS = 30;
const TEXT = Array.from({ length: WORDS }, (_, index) => `word${index + 1} `).join('');

async function events(corpus_id: string, way: CuttingProxy): Promise<RunEvent[]> {
  const client = clientOf('reader', { baseUrl: way.url, retry: { maxAttempts: 6, base: 2 } });
  const seen: RunEvent[] = [];
  const question = { session_id: `s-${randomUUID()}`, corpus_id, message: `say ${WORDS} words` };
  for await (const event of client.run(question)) seen.push(event);
  return seen;
}

test(`a stream that is cut anywhere is whole, ${CASES} times`, async () => {
  const handbook = await corpus();
  const clear = await CuttingProxy.start(() => undefined);
  await events(handbook, clear);
  const size = clear.passed;
  clear.stop();

  const { begun } = await answers();
  let connections = 0;
  for (let number = 0; number < CASES; number += 1) {
    const random = chance(number);
    const cuts = Array.from({ length: 1 + random(2) }, () => 1 + random(size - 1));
    const way = await CuttingProxy.start((connection) => cuts[connection]);
    const seen = await events(handbook, way);
    way.stop();
    connections += way.connections;
    const told = `case ${number}, cut after ${cuts.join(', ')} of ${size} bytes`;
    assert.deepEqual(seen.map((event) => event.seq), seen.map((_, index) => index + 1), told);
    assert.equal(new Set(seen.map((event) => event.request_id)).size, 1, told);
    assert.equal(seen.map((event) => (event.type === 'token.delta' ? event.data.delta : '')).join(''), TEXT, told);
    const finals = seen.map((event) => (event.type === 'message.final' ? event.data.text : undefined));
    assert.deepEqual(finals.filter(Boolean), [TEXT], told);
    assert.equal(seen.filter((event) => event.type === 'done').length, 1, told);
  }
  assert.equal((await answers()).begun - begun, CASES, 'no question was answered twice');
  assert.ok(connections > CASES);
  console.log(`${CASES} streams over ${connections} connections of ${size} bytes at most`);
});
