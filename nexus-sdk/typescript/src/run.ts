// Runs: the stream of an answer, continued where it broke.
//
// A run costs money, so the question is not simply sent again when the connection breaks: the same body goes out with
// `X-Run-Id` and `Last-Event-ID`, and the server sends what was missed. Only an attempt that cannot have begun a run (the
// connection was refused, or the server refused the question) is repeated as it was.

import {
  ApiError, DecodeError, InterruptedStreamError, NexusError, ResumeUnsupportedError, RunFailedError, SilenceError,
  TransportError, lost, refusalOf,
} from './errors.js';
import type { MessageFinal, RunEvent as WireEvent, RunRequest } from './generated/types.gen.js';
import { type RetryPolicy, after, freshId, sleep } from './retry.js';
import type { Settings } from './settings.js';
import { Frames } from './sse.js';

type Told = Extract<WireEvent, { type: string }>;

/** The stream is alive. */
export interface Heartbeat {
  type: 'heartbeat';
  ts: string;
  request_id: string;
  seq: number;
}

/** One event of a run; `type` tells what `data` is. Pass over types that you do not know: a later server may send them. */
export type RunEvent = Told | Heartbeat;

export interface RunOptions {
  /** Hangs up, which stops the run. */
  signal?: AbortSignal | undefined;
}

/** How far a stream got: the rules of going on, without input or output. */
export class Progress {
  /** The id of the run: the one this client proposes, until the server names another. */
  runId = freshId();
  /** The number of the last event that was passed on. */
  lastSeq = 0;
  /** Whether the server may have begun the run, so that asking again could cost twice. */
  begun = false;
  /** How often in a row the connection was lost without news. */
  cuts = 0;

  constructor(private readonly policy: RetryPolicy) {}

  headers(): Record<string, string> {
    if (!this.begun) return { 'X-Request-Id': this.runId };
    return { 'X-Run-Id': this.runId, 'Last-Event-ID': String(this.lastSeq) };
  }

  /** The server answers with a stream. */
  answered(headers: Headers): void {
    if (!this.begun) this.runId = headers.get('x-request-id') ?? this.runId;
    this.begun = true;
  }

  /** Whether the caller gets an event: not if it was passed on before. */
  admit(event: RunEvent): boolean {
    if (event.type === 'resume.unsupported') throw new ResumeUnsupportedError(this.lastSeq, event.data.message);
    // Some servers send an event without a number when they fail late; it cannot be a repetition.
    if (event.seq !== 0 && event.seq <= this.lastSeq) return false;
    if (this.lastSeq === 0 && event.request_id) this.runId = event.request_id;
    this.lastSeq = Math.max(this.lastSeq, event.seq);
    if (event.type !== 'heartbeat') this.cuts = 0;
    return true;
  }

  /** The connection was lost, or there was none: how long to wait. Throws the error when it is given up. */
  cut(error: unknown): number {
    this.cuts += 1;
    // A gateway that lost the server cannot tell how far the question got; a refusal can.
    const refused =
      error instanceof ApiError ? ![502, 504].includes(error.status) : error instanceof TransportError && !error.sent;
    this.begun ||= !refused;
    const wait = after(this.policy, this.cuts, error, Math.random());
    if (wait === undefined) throw error;
    return wait;
  }
}

/**
 * The events of a run: each once, in order, also when the connection broke in between. A run that fails says so in an
 * `error` event and still ends with `done`. Leaving a `for await` loop, `close`, or the signal hangs up, which stops the
 * run. Nothing is sent before the first event is asked for.
 */
export class RunStream implements AsyncIterable<RunEvent> {
  readonly #settings: Settings;
  readonly #body: string;
  readonly #progress: Progress;
  readonly #events: AsyncGenerator<RunEvent, void, undefined>;
  readonly #hungUp = new AbortController();

  constructor(settings: Settings, question: RunRequest, options: RunOptions = {}) {
    this.#settings = settings;
    this.#body = JSON.stringify(question);
    this.#progress = new Progress(settings.retry);
    this.#events = this.#read(options.signal);
  }

  /** The id of the run, known for certain once the first event came. */
  get runId(): string {
    return this.#progress.runId;
  }

  /** The number of the last event that was read. */
  get lastSeq(): number {
    return this.#progress.lastSeq;
  }

  [Symbol.asyncIterator](): AsyncGenerator<RunEvent, void, undefined> {
    return this.#events;
  }

  /** Hangs up. A run that nobody reads is stopped by the server. */
  async close(): Promise<void> {
    this.#hungUp.abort();
    await this.#events.return();
  }

  /** Reads to the end and gives the answer. A run that failed throws a `RunFailedError`. */
  async answer(): Promise<MessageFinal> {
    let final: MessageFinal | undefined;
    let failed: { code: string; message: string } | undefined;
    for await (const event of this) {
      if (event.type === 'message.final') final = event.data;
      if (event.type === 'error') failed = event.data;
    }
    if (failed) throw new RunFailedError(failed.code, failed.message, this.runId);
    if (!final) throw new RunFailedError('NO_ANSWER', 'the run ended without an answer', this.runId);
    return final;
  }

  async *#read(signal: AbortSignal | undefined): AsyncGenerator<RunEvent, void, undefined> {
    const progress = this.#progress;
    const hangUp = () => this.#hungUp.abort(signal?.reason);
    signal?.addEventListener('abort', hangUp, { once: true });
    try {
      signal?.throwIfAborted();
      for (;;) {
        let wait: number;
        try {
          for await (const event of this.#connection()) {
            if (!progress.admit(event)) continue;
            yield event;
            if (event.type === 'done') return;
          }
          throw new InterruptedStreamError(progress.lastSeq);
        } catch (error) {
          signal?.throwIfAborted();
          if (this.#hungUp.signal.aborted) return;
          if (!(error instanceof NexusError)) throw error;
          wait = progress.cut(error);
        }
        await sleep(wait, this.#hungUp.signal).catch(() => undefined);
        signal?.throwIfAborted();
        if (this.#hungUp.signal.aborted) return;
      }
    } finally {
      signal?.removeEventListener('abort', hangUp);
    }
  }

  /** The events of one connection. */
  async *#connection(): AsyncGenerator<RunEvent, void, undefined> {
    const line = new AbortController();
    const watch = new Watch(line, this.#settings.silenceTimeout);
    const hangUp = () => line.abort();
    this.#hungUp.signal.addEventListener('abort', hangUp, { once: true });
    try {
      const headers = { ...this.#settings.headers, ...this.#progress.headers() };
      const response = await watch.until(
        this.#settings.fetch(`${this.#settings.baseUrl}/v1/run`, {
          method: 'POST',
          body: this.#body,
          headers: { ...headers, 'Content-Type': 'application/json', Accept: 'text/event-stream' },
          redirect: 'error',
          cache: 'no-store',
          signal: line.signal,
        }),
      );
      if (!isStream(response)) throw await watch.until(noStream(response));
      this.#progress.answered(response.headers);
      const frames = new Frames();
      const reader = response.body?.getReader();
      while (reader) {
        const { done, value } = await watch.until(reader.read());
        if (done) return;
        for (const frame of frames.feed(value)) yield parse(frame);
      }
    } finally {
      watch.stop();
      this.#hungUp.signal.removeEventListener('abort', hangUp);
      // Closes the connection, if it is still there.
      line.abort();
    }
  }
}

/** Ends a connection on which nothing is heard. */
class Watch {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silent = false;

  constructor(private readonly line: AbortController, private readonly silence: number) {}

  /** What arrives within the time. */
  async until<T>(arriving: Promise<T>): Promise<T> {
    this.stop();
    this.#timer = setTimeout(() => {
      this.#silent = true;
      this.line.abort();
    }, this.silence);
    try {
      return await arriving;
    } catch (error) {
      if (this.#silent) throw new SilenceError(`nothing was heard for ${this.silence} ms`);
      throw error instanceof NexusError ? error : lost(error);
    } finally {
      this.stop();
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/** Whether the response is a stream of events, whatever its status: a refused run can be one too. */
function isStream(response: Response): boolean {
  const media = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  return media === 'text/event-stream';
}

async function noStream(response: Response): Promise<NexusError> {
  return response.ok ? new DecodeError('the answer is no stream of events') : refusalOf(response);
}

function parse(frame: string): RunEvent {
  let event: Partial<Told> & { ts?: unknown };
  try {
    event = JSON.parse(frame) as typeof event;
  } catch {
    throw new DecodeError('an event of a run is no JSON');
  }
  if (typeof event !== 'object' || event === null) throw new DecodeError('an event of a run is no object');
  const seq = typeof event.seq === 'number' ? event.seq : 0;
  const type = event.type ?? 'heartbeat';
  return { ...event, type, seq } as RunEvent;
}
