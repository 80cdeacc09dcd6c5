import { ArgumentError, IngestFailedError, NexusError, SilenceError, WaitTimeoutError, lost, refusalOf } from './errors.js';
import { changes } from './generated/changes.gen.js';
import { createClient as createSender, createConfig } from './generated/client/index.js';
import { Operations } from './generated/sdk.gen.js';
import type { Document, Health, RunRequest } from './generated/types.gen.js';
import { Attempts, freshId, sleep } from './retry.js';
import { type RunOptions, RunStream } from './run.js';
import { type ClientOptions, type Settings, settingsOf } from './settings.js';

export interface WaitOptions {
  /** How many milliseconds to wait at most. */
  timeout?: number;
  /** How many milliseconds to wait between looks. */
  poll?: number;
  signal?: AbortSignal;
}

/**
 * Asks a NexusRAG server. Every operation of the API is a method that gives the envelope of its answer (`data`, `meta`) or
 * throws: an `ApiError` when the server refuses.
 */
export class Client extends Operations {
  readonly #settings: Settings;

  constructor(options: ClientOptions = {}) {
    const settings = settingsOf(options);
    super({ client: senderOf(settings) });
    this.#settings = settings;
  }

  /** Asks a question of a corpus. */
  run(question: RunRequest, options?: RunOptions): RunStream {
    return new RunStream(this.#settings, question, options);
  }

  /** Asks until a document is processed. Throws an `IngestFailedError` when it could not be. */
  async waitForDocument(id: string, options: WaitOptions = {}): Promise<Document> {
    const { timeout = 300_000, poll = 250, signal = null } = options;
    const until = Date.now() + timeout;
    for (;;) {
      const { data } = await this.getDocument({ path: { document_id: id }, signal });
      if (data.status === 'succeeded') return data;
      if (data.status === 'failed') throw new IngestFailedError(id, data.failure_reason ?? 'no reason was given');
      if (Date.now() + poll > until) throw new WaitTimeoutError(`document ${id} is still ${data.status}`);
      await sleep(poll, signal);
    }
  }

  /** The name under which older clients ask whether the server answers. */
  async healthHealthGet(): Promise<Health> {
    return (await this.getHealth()).data;
  }
}

/** A client, with the names of options that older clients use. */
export function createClient(options: ClientOptions & { basePath?: string } = {}): Client {
  const { basePath, ...rest } = options;
  return new Client(basePath === undefined ? rest : { baseUrl: basePath, ...rest });
}

/** One page of a list. */
export interface Page<T> {
  data: T[] | { items: T[] };
  meta: { next_cursor?: string | null };
}

/**
 * The items of all pages, asked for as they are read:
 * `for await (const corpus of items((cursor) => client.listCorpora({ query: { cursor } })))`.
 */
export async function* items<T>(page: (cursor?: string) => Promise<Page<T>>): AsyncGenerator<T, void, undefined> {
  let cursor: string | undefined;
  do {
    const { data, meta } = await page(cursor);
    yield* Array.isArray(data) ? data : data.items;
    cursor = meta.next_cursor ?? undefined;
  } while (cursor);
}

function senderOf(settings: Settings): ReturnType<typeof createSender> {
  const sender = createSender(
    createConfig({
      baseUrl: settings.baseUrl,
      headers: settings.headers,
      // The server redirects no call of this client; following one could carry a document elsewhere.
      redirect: 'error',
      throwOnError: true,
      fetch: (input) => repeated(settings, input as Request),
    }),
  );
  sender.interceptors.request.use((request, options) => {
    for (const id of Object.values(options.path ?? {})) {
      // A URL drops or resolves such segments: the call would reach another resource than the one named.
      if (['', '.', '..'].includes(String(id))) throw new ArgumentError(`\`${String(id)}\` is no id`);
    }
    // A change names itself, so that sending it twice has one effect.
    const change = changes.has(`${request.method} ${options.url}`);
    if (change && !request.headers.has('Idempotency-Key')) request.headers.set('Idempotency-Key', freshId());
    return request;
  });
  return sender;
}

/** Sends a call until it succeeds, or is not worth another attempt. */
async function repeated(settings: Settings, request: Request): Promise<Response> {
  const attempts = new Attempts(settings.retry);
  for (;;) {
    let wait: number;
    try {
      // A request can be sent once; what it holds is kept for the next time.
      return await once(settings, request.clone());
    } catch (error) {
      request.signal.throwIfAborted();
      wait = attempts.wait(error);
    }
    await sleep(wait, request.signal);
  }
}

async function once(settings: Settings, request: Request): Promise<Response> {
  const line = new AbortController();
  const hangUp = () => line.abort(request.signal.reason);
  request.signal.addEventListener('abort', hangUp, { once: true });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    line.abort();
  }, settings.timeout);
  try {
    const response = await settings.fetch(request, { signal: line.signal });
    if (!response.ok) throw await refusalOf(response);
    // Read here, so that an answer that breaks off is asked for again.
    const body = await response.arrayBuffer();
    const { status, statusText, headers } = response;
    return new Response(body.byteLength === 0 ? null : body, { status, statusText, headers: decoded(headers) });
  } catch (error) {
    if (late) throw new SilenceError(`nothing was heard for ${settings.timeout} ms`);
    throw error instanceof NexusError ? error : lost(error);
  } finally {
    clearTimeout(timer);
    request.signal.removeEventListener('abort', hangUp);
  }
}

/** What was read is no longer compressed. */
function decoded(headers: Headers): Headers {
  const rest = new Headers(headers);
  rest.delete('content-encoding');
  rest.delete('content-length');
  return rest;
}
