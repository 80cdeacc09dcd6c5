// Rules that need no server.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  ApiError, ArgumentError, Client, DecodeError, InterruptedStreamError, NEVER, ResumeUnsupportedError, SilenceError,
  TransportError, UiClient, applyOptimistic, buildQuery, connectRunStream, createClient, items, type ClientOptions,
} from '../src/index.js';
import { Attempts, DEFAULT_RETRY, after } from '../src/retry.js';
import { Frames } from '../src/sse.js';

const META = { request_id: 'r-1', api_version: 'v1' };
const QUESTION = { session_id: 's1', corpus_id: 'c1', message: 'Who?' };

function refused(status: number, code = 'X', headers: Record<string, string> = {}): Response {
  const error = { code, message: 'no', details: { a: 1 } };
  return Response.json({ error, meta: { ...META, request_id: 'r-9' } }, { status, headers });
}

function frame(seq: number, type: string, data: object = {}): string {
  const event = { type, request_id: 'run-1', session_id: 's1', data, seq };
  return `event: message\nid: ${seq}\ndata: ${JSON.stringify(event)}\n\n`;
}

function stream(text: string, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(text, { status, headers: { 'content-type': 'text/event-stream', ...headers } });
}

/** A connection that breaks after what was said, and one that says nothing more. */
function broken(text: string, hang = false): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      if (!hang) setTimeout(() => controller.error(new TypeError('terminated')), 5);
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

class Script {
  readonly asked: Request[] = [];

  constructor(private readonly replies: (Response | Error)[]) {}

  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    this.asked.push(request.clone());
    const reply = this.replies.shift() ?? refused(500, 'SCRIPT_ENDED');
    if (reply instanceof Error) throw reply;
    if (!init?.signal || !reply.body) return reply;
    // As a real connection does, it ends with the signal.
    const ends = new TransformStream<Uint8Array, Uint8Array>();
    reply.body.pipeTo(ends.writable, { signal: init.signal }).catch(() => undefined);
    return new Response(ends.readable, reply);
  };

  client(options: ClientOptions = {}): Client {
    return new Client({ baseUrl: 'http://host/behind/', apiKey: 'nrgk_test', retry: { base: 1 }, fetch: this.fetch, ...options });
  }
}

async function ask(client: Client): Promise<[string, number][]> {
  const seen: [string, number][] = [];
  for await (const event of client.run(QUESTION)) seen.push([event.type, event.seq]);
  return seen;
}

function api(status: number, retryAfter?: number): ApiError {
  return new ApiError({ status, code: 'X', message: 'x', retryAfter });
}

test('waits are bounded and double', () => {
  for (const attempt of [1, 2, 3]) {
    const full = 250 * 2 ** (attempt - 1);
    assert.equal(after(DEFAULT_RETRY, attempt, api(503), 0), full / 2);
    assert.equal(after(DEFAULT_RETRY, attempt, api(503), 1), full);
  }
  assert.equal(after(DEFAULT_RETRY, 4, api(503), 0), undefined);
  assert.equal(after(DEFAULT_RETRY, 1, api(503, 21_000), 0), undefined);
  assert.equal(after(DEFAULT_RETRY, 1, api(429, 7_000), 1), 7_250);
  for (const status of [400, 401, 402, 403, 404, 409, 422, 500, 501]) {
    assert.equal(after(DEFAULT_RETRY, 1, api(status), 0), undefined);
  }
  assert.equal(after(DEFAULT_RETRY, 1, api(409, 1_000), 0), 1_000);
  assert.notEqual(after(DEFAULT_RETRY, 1, new TransportError('x'), 0), undefined);
  assert.equal(after(NEVER, 1, api(503), 0), undefined);
});

test('who comes too soon waits its turn for longer', () => {
  const attempts = new Attempts({ maxAttempts: 3, base: 0, cap: 10 });
  for (let turn = 0; turn < 32; turn += 1) attempts.wait(api(429, 0));
  assert.throws(() => attempts.wait(api(429, 0)), ApiError);
});

test('frames come out of bytes however they are cut', () => {
  const text = ': hello\n\nevent: x\r\nid: 1\r\ndata: {"a":"Größe ✓"}\r\n\r\ndata: one\ndata:two\n\ndata: lost';
  const bytes = new TextEncoder().encode(text);
  for (let size = 1; size <= bytes.length; size += 1) {
    const frames = new Frames();
    const found: string[] = [];
    for (let at = 0; at < bytes.length; at += size) found.push(...frames.feed(bytes.subarray(at, at + size)));
    assert.deepEqual(found, ['{"a":"Größe ✓"}', 'one\ntwo']);
  }
});

test('a client that could not work is not made', () => {
  for (const baseUrl of ['', 'host:1', 'ftp://host', 'http://u:p@host', 'http://host?x=1', 'http://host#x']) {
    assert.throws(() => new Client({ baseUrl }), ArgumentError, baseUrl);
  }
  assert.throws(() => new Client({ apiKey: 'nrgk_sek rit' }), (error: Error) => !error.message.includes('sek'));
});

test('ids cannot leave their place in the path', async () => {
  const script = new Script([refused(404)]);
  await assert.rejects(script.client().getDocument({ path: { document_id: 'a/../b?c#d' } }), { status: 404 });
  assert.equal(script.asked[0]?.url, 'http://host/behind/v1/documents/a%2F..%2Fb%3Fc%23d');
  for (const document_id of ['', '.', '..']) {
    await assert.rejects(script.client().getDocument({ path: { document_id } }), ArgumentError);
  }
  assert.equal(script.asked.length, 1);
});

test('a change is repeated under one name and another has another', async () => {
  const made = () => Response.json({ data: { id: 'c1' }, meta: META }, { status: 201 });
  const script = new Script([new TypeError('cut'), refused(503), made(), made(), made(), made()]);
  const client = script.client();
  const body = { name: 'n' };
  assert.equal((await client.createCorpus({ body })).data.id, 'c1');
  await client.createCorpus({ body });
  await client.createCorpus({ body, headers: { 'Idempotency-Key': 'mine' } });
  await client.searchCorpusFiltered({ path: { corpus_id: 'c1' }, body: { query: 'q' } });
  const names = script.asked.map((request) => request.headers.get('idempotency-key'));
  assert.ok(names[0] && names[0] === names[1] && names[1] === names[2] && names[2] !== names[3]);
  assert.deepEqual(names.slice(4), ['mine', null]);
  assert.equal(script.asked[0]?.headers.get('authorization'), 'Bearer nrgk_test');
  assert.deepEqual(await script.asked[2]?.json(), body);
});

test('a refusal keeps everything the server said', async () => {
  const script = new Script([refused(409, 'CONFLICT', { 'retry-after': '30' }), new Response('<html>', { status: 418 })]);
  const get = () => script.client().getCorpus({ path: { corpus_id: 'c1' } });
  await assert.rejects(get(), (error: ApiError) => {
    assert.deepEqual([error.status, error.code, error.requestId, error.retryAfter], [409, 'CONFLICT', 'r-9', 30_000]);
    assert.deepEqual(error.details, { a: 1 });
    return error instanceof ApiError;
  });
  await assert.rejects(get(), { code: 'HTTP_418' });
});

test('pages are asked for as they are read', async () => {
  const page = (ids: string[], next_cursor: string | null) =>
    Response.json({ data: ids.map((id) => ({ id })), meta: { ...META, next_cursor } });
  const script = new Script([page(['a', 'b'], 'k 1'), page([], 'k2'), page(['c'], null)]);
  const client = script.client();
  const names: string[] = [];
  for await (const corpus of items((cursor) => client.listCorpora({ query: { limit: 2, cursor } }))) {
    if (names.length === 0) assert.equal(script.asked.length, 1);
    names.push(corpus.id);
  }
  assert.deepEqual(names, ['a', 'b', 'c']);
  assert.deepEqual(script.asked.map((request) => new URL(request.url).searchParams.get('cursor')), [null, 'k 1', 'k2']);
});

test('a cut stream goes on where it broke', async () => {
  const unreachable = new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } });
  const script = new Script([
    broken(frame(1, 'request.accepted') + frame(2, 'token.delta', { delta: 'a' })),
    // One event too many, and half of one.
    stream(frame(2, 'token.delta', { delta: 'a' }) + frame(3, 'tool.call') + frame(4, 'token.delta').slice(0, -5)),
    unreachable,
    stream('data: {"ts": "2026-01-02T03:04:05Z", "request_id": "run-1", "seq": 4}\n\n' + frame(5, 'done')),
  ]);
  const seen = await ask(script.client());
  assert.deepEqual(seen.map(([, seq]) => seq), [1, 2, 3, 4, 5]);
  assert.deepEqual(seen.map(([type]) => type), ['request.accepted', 'token.delta', 'tool.call', 'heartbeat', 'done']);
  const headers = script.asked.map((r) => [r.headers.get('x-run-id'), r.headers.get('last-event-id')]);
  assert.deepEqual(headers, [[null, null], ['run-1', '2'], ['run-1', '3'], ['run-1', '3']]);
  assert.equal(new Set(await Promise.all(script.asked.map((request) => request.text()))).size, 1);
});

test('a stream cut before its first event is resumed by the id of the server', async () => {
  const script = new Script([broken('').clone(), stream(frame(1, 'done'))]);
  await ask(script.client());
  assert.equal(script.asked[1]?.headers.get('last-event-id'), '0');
  const named = new Script([stream('', 200, { 'x-request-id': 'run-9' }), stream(frame(1, 'done'))]);
  await ask(named.client());
  assert.equal(named.asked[1]?.headers.get('x-run-id'), 'run-9');
});

test('a question that was refused is asked again as it was', async () => {
  const script = new Script([refused(503, 'SERVICE_BUSY', { 'retry-after': '0' }), stream(frame(1, 'done'))]);
  assert.deepEqual(await ask(script.client()), [['done', 1]]);
  assert.equal(script.asked[1]?.headers.get('last-event-id'), null);
  // A gateway that lost the server cannot tell how far the question got.
  const gateway = new Script([refused(502), stream(frame(1, 'done'))]);
  await ask(gateway.client());
  assert.equal(gateway.asked[1]?.headers.get('last-event-id'), '0');
});

test('a refusal in the form of a stream is read as one', async () => {
  const text = frame(1, 'sla.shed', { status: 'shed' }) + frame(2, 'error', { code: 'SLA_SHED_LOAD', message: 'busy' });
  const script = new Script([stream(text + frame(3, 'done'), 503)]);
  assert.deepEqual((await ask(script.client())).map(([type]) => type), ['sla.shed', 'error', 'done']);
  await assert.rejects(new Script([stream(text + frame(3, 'done'), 503)]).client().run(QUESTION).answer(), {
    name: 'RunFailedError',
    code: 'SLA_SHED_LOAD',
  });
});

test('what cannot go on is given up', async () => {
  const cut = () => stream(frame(1, 'token.delta', { delta: 'a' }));
  const script = new Script(Array.from({ length: 20 }, cut));
  await assert.rejects(ask(script.client()), (error: Error) => error instanceof InterruptedStreamError && error.lastSeq === 1);
  assert.equal(script.asked.length, 4);
  const gone = frame(1, 'resume.unsupported', { message: 'gone' }) + frame(2, 'done');
  await assert.rejects(ask(new Script([cut(), stream(gone)]).client()), ResumeUnsupportedError);
  const quiet = new Script(Array.from({ length: 9 }, () => broken(frame(1, 'token.delta'), true)));
  await assert.rejects(ask(quiet.client({ silenceTimeout: 30 })), SilenceError);
  await assert.rejects(ask(new Script([Response.json({ data: 1 })]).client()), DecodeError);
});

test('leaving the loop, closing and the signal hang up', async () => {
  const hanging = () => broken(frame(1, 'token.delta', { delta: 'a' }), true);
  const signals: AbortSignal[] = [];
  const options = (script: Script): ClientOptions => ({
    fetch: (input, init) => {
      if (init?.signal) signals.push(init.signal);
      return script.fetch(input, init);
    },
  });
  const client = () => {
    const script = new Script([hanging()]);
    return script.client(options(script));
  };
  for await (const event of client().run(QUESTION)) {
    assert.equal(event.type, 'token.delta');
    break;
  }
  const closed = client().run(QUESTION);
  const events = closed[Symbol.asyncIterator]();
  await events.next();
  const waiting = events.next();
  await closed.close();
  assert.equal((await waiting).done, true);
  const abort = new AbortController();
  const aborted = client().run(QUESTION, { signal: abort.signal })[Symbol.asyncIterator]();
  await aborted.next();
  setTimeout(() => abort.abort(new Error('enough')), 5);
  await assert.rejects(aborted.next(), { message: 'enough' });
  assert.deepEqual(signals.map((signal) => signal.aborted), [true, true, true]);
});

test('older names', async () => {
  const script = new Script([Response.json({ data: { status: 'ok' }, meta: META })]);
  const client = await createClient({ apiKey: 'k', basePath: 'http://host', fetch: script.fetch });
  assert.deepEqual(await client.healthHealthGet(), { status: 'ok' });
});

test('user interfaces ask their own endpoints', async () => {
  const found = { items: [{ id: 'd1' }], page: { next_cursor: 'k', has_more: true } };
  const action = { action_id: 'a', optimistic: { entity: 'document', id: 'd1', patch: { status: 'queued' } } };
  const script = new Script([
    Response.json({ data: found, meta: META }),
    refused(503),
    Response.json({ data: action, meta: META }, { status: 202 }),
    refused(400, 'INVALID_CURSOR'),
  ]);
  const ui = new UiClient({ baseUrl: 'http://host', apiKey: 'k', retry: { base: 1 }, fetch: script.fetch });
  assert.deepEqual(await ui.listDocuments(buildQuery({ limit: 25, sort: '-created_at', q: '', cursor: null })), found);
  assert.equal(script.asked[0]?.url, 'http://host/v1/ui/documents?limit=25&sort=-created_at');
  const { optimistic } = await ui.reindexDocument('d1');
  const sent = await Promise.all(script.asked.slice(1).map((request) => request.text()));
  assert.equal(sent[0], sent[1], 'the same name for the same action');
  assert.deepEqual(applyOptimistic({ id: 'd1', status: 'succeeded' }, optimistic), { id: 'd1', status: 'queued' });
  assert.deepEqual(applyOptimistic({ id: 'd2', status: 'succeeded' }, optimistic), { id: 'd2', status: 'succeeded' });
  await assert.rejects(ui.listActivity('?cursor=x'), { code: 'INVALID_CURSOR' });
  const query = buildQuery({ sort: ['-created_at', 'filename'], created_from: new Date(0) });
  assert.equal(query.toString(), 'sort=-created_at%2Cfilename&created_from=1970-01-01T00%3A00%3A00.000Z');
});

test('a stream with callbacks tells each event and then that it is over', async () => {
  const script = new Script([broken(frame(1, 'token.delta', { delta: 'a' })), stream(frame(2, 'done')), refused(403, 'NO')]);
  const common = { baseUrl: 'http://host', apiKey: 'k', body: QUESTION, retry: { base: 1 }, fetch: script.fetch };
  const told: string[] = [];
  const tell = { onEvent: ({ event, id }: { event: string; id: string }) => told.push(`${event} ${id}`), onClose: () => told.push('over') };
  await connectRunStream({ ...common, ...tell }).closed;
  assert.deepEqual(told, ['token.delta 1', 'done 2', 'over']);
  await connectRunStream({ ...common, ...tell, onError: (error) => told.push((error as ApiError).code) }).closed;
  assert.deepEqual(told.slice(3), ['NO', 'over']);
});
