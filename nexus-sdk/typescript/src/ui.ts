// What a web application needs: the endpoints under `/v1/ui`, and a run with callbacks.

import { NexusError, lost, refusalOf } from './errors.js';
import type {
  RunRequest, UiAction, UiActivityPage, UiBootstrap, UiDashboard, UiDocumentPage, UiOptimistic, UiReindex,
} from './generated/types.gen.js';
import { Attempts, freshId, sleep } from './retry.js';
import { RunStream, type RunEvent } from './run.js';
import { type ClientOptions, type Settings, settingsOf } from './settings.js';

/** What a list under `/v1/ui` can be asked for. */
export interface UiQuery {
  /** A text that is looked for. */
  q?: string;
  /** Fields to sort by, `-` before one that falls: `-created_at,filename`. */
  sort?: string | readonly string[];
  /** How many items at most, 1 to 100. */
  limit?: number;
  /** `page.next_cursor` of the page before. */
  cursor?: string | null;
  status?: string;
  corpus_id?: string;
  created_from?: string | Date;
  created_to?: string | Date;
  actor_type?: string;
  event_type?: string;
}

/** The query of a list. What is undefined, null or empty is left out. */
export function buildQuery(query: UiQuery): URLSearchParams {
  const built = new URLSearchParams();
  for (const [name, value] of Object.entries(query) as [string, UiQuery[keyof UiQuery]][]) {
    if (value === undefined || value === null || value === '') continue;
    if (value instanceof Date) built.set(name, value.toISOString());
    else if (typeof value === 'object') {
      if (value.length > 0) built.set(name, value.join(','));
    } else built.set(name, String(value));
  }
  return built;
}

/** The item as it will be; items of other ids stay as they are. */
export function applyOptimistic<T extends { id: string }>(item: T, optimistic: UiOptimistic): T {
  return item.id === optimistic.id ? { ...item, ...optimistic.patch } : item;
}

/** Asks the endpoints for user interfaces, which give what is inside of the envelope. */
export class UiClient {
  readonly #settings: Settings;

  constructor(options: ClientOptions) {
    this.#settings = settingsOf(options);
  }

  /** Who asks, and what they may use. */
  bootstrap(): Promise<UiBootstrap> {
    return this.#ask('GET', 'bootstrap');
  }

  /** Figures of the last days. */
  dashboardSummary(windowDays = 30): Promise<UiDashboard> {
    return this.#ask('GET', `dashboard/summary?window_days=${windowDays}`);
  }

  /** A page of documents. */
  listDocuments(query: URLSearchParams | string = ''): Promise<UiDocumentPage> {
    return this.#ask('GET', `documents${asked(query)}`);
  }

  /** A page of what happened. */
  listActivity(query: URLSearchParams | string = ''): Promise<UiActivityPage> {
    return this.#ask('GET', `activity${asked(query)}`);
  }

  /** Has a document indexed again. */
  reindexDocument(documentId: string, idempotencyKey: string = freshId()): Promise<UiAction> {
    const body: UiReindex = { document_id: documentId, idempotency_key: idempotencyKey };
    return this.#ask('POST', 'actions/reindex-document', JSON.stringify(body));
  }

  async #ask<T>(method: string, path: string, body?: string): Promise<T> {
    const attempts = new Attempts(this.#settings.retry);
    for (;;) {
      let wait: number;
      try {
        return await this.#once(method, path, body);
      } catch (error) {
        wait = attempts.wait(error);
      }
      await sleep(wait);
    }
  }

  async #once<T>(method: string, path: string, body?: string): Promise<T> {
    const { baseUrl, headers, timeout, fetch } = this.#settings;
    const typed = body === undefined ? headers : { ...headers, 'Content-Type': 'application/json' };
    const init = { method, headers: typed, redirect: 'error' as const, signal: AbortSignal.timeout(timeout) };
    try {
      const response = await fetch(`${baseUrl}/v1/ui/${path}`, body === undefined ? init : { ...init, body });
      if (!response.ok) throw await refusalOf(response);
      return ((await response.json()) as { data: T }).data;
    } catch (error) {
      throw error instanceof NexusError ? error : lost(error);
    }
  }
}

function asked(query: URLSearchParams | string): string {
  const text = query.toString().replace(/^\?/, '');
  return text ? `?${text}` : '';
}

/** An event as `connectRunStream` tells it: `data` is the whole event. */
export interface StreamMessage {
  event: string;
  id: string;
  data: RunEvent;
}

export interface RunStreamOptions extends ClientOptions {
  body: RunRequest;
  onEvent: (message: StreamMessage) => void;
  /** The stream ended without `done`, and cannot go on. */
  onError?: (error: unknown) => void;
  /** Nothing more is told: after `done`, after an error, or after `close`. */
  onClose?: () => void;
  signal?: AbortSignal;
}

export interface RunConnection {
  /** Hangs up, which stops the run. */
  close(): void;
  /** Fulfilled when nothing more is told. */
  readonly closed: Promise<void>;
}

/**
 * Asks a question and tells the events of the answer as they come. After 20 silent seconds the connection counts as cut;
 * a cut stream goes on where it broke, three times in a row at most.
 */
export function connectRunStream(options: RunStreamOptions): RunConnection {
  const { body, onEvent, onError, onClose, signal, ...rest } = options;
  const retry = { maxAttempts: 4, base: 500, ...rest.retry };
  const stream = new RunStream(settingsOf({ silenceTimeout: 20_000, ...rest, retry }), body, { signal });
  let open = true;
  const read = async () => {
    try {
      for await (const data of stream) {
        if (open) onEvent({ event: data.type, id: String(data.seq), data });
      }
    } catch (error) {
      if (open && !signal?.aborted) onError?.(error);
    } finally {
      open = false;
      onClose?.();
    }
  };
  const closed = read();
  return {
    closed,
    close() {
      open = false;
      void stream.close();
    },
  };
}

