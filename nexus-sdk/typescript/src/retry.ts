// When to ask again, and how long to wait before: pure rules, and a wait that can be ended.

import { ApiError, TransportError } from './errors.js';

/** How often and how patiently a call is repeated. Times are milliseconds. */
export interface RetryPolicy {
  /** The most times a call is sent, the first time included. */
  maxAttempts: number;
  /** The wait before the second attempt; it doubles with each that follows. */
  base: number;
  /** The longest wait. A server that asks for a longer one gets no further attempt: the caller is told instead. */
  cap: number;
}

export const DEFAULT_RETRY: RetryPolicy = { maxAttempts: 4, base: 250, cap: 20_000 };
/** Sends every call once. */
export const NEVER: RetryPolicy = { ...DEFAULT_RETRY, maxAttempts: 1 };

/** How often a call waits for its turn when it comes too soon, for each attempt that it has. */
const TURNS = 16;

/** How long to wait after `attempt` (counted from 1) failed with `error`; undefined gives up. */
export function after(policy: RetryPolicy, attempt: number, error: unknown, jitter: number): number | undefined {
  if (attempt >= policy.maxAttempts || !isTransient(error)) return undefined;
  const asked = error instanceof ApiError ? error.retryAfter : undefined;
  if (asked === undefined) return backoff(policy, attempt, jitter);
  return asked > policy.cap ? undefined : Math.max(asked, 1) + policy.base * jitter;
}

/** Half of the doubled wait for certain, half by chance, so that many clients do not come back at once. */
export function backoff(policy: RetryPolicy, attempt: number, jitter: number): number {
  const full = Math.min(policy.base * 2 ** Math.min(attempt - 1, 31), policy.cap);
  return full / 2 + (full / 2) * jitter;
}

/** How often one call was sent. */
export class Attempts {
  #attempts = 0;
  #turns = 0;

  constructor(private readonly policy: RetryPolicy) {}

  /** How long to wait after `error`. When the call is not worth another attempt, this throws it. */
  wait(error: unknown): number {
    const wait = this.#next(error);
    if (wait === undefined) throw error;
    return wait;
  }

  #next(error: unknown): number | undefined {
    // A call that came too soon was not even looked at: that is no failed attempt.
    if (error instanceof ApiError && error.status === 429) {
      this.#turns += 1;
      if (this.#turns > (this.policy.maxAttempts - 1) * TURNS) return undefined;
      return after({ ...this.policy, maxAttempts: 2 }, 1, error, Math.random());
    }
    this.#attempts += 1;
    return after(this.policy, this.#attempts, error, Math.random());
  }
}

/** Whether the same call may succeed a little later. */
function isTransient(error: unknown): boolean {
  if (error instanceof ApiError) {
    // A conflict passes only if the server says when, as it does while the first call is still at work.
    return [429, 502, 503, 504].includes(error.status) || (error.status === 409 && error.retryAfter !== undefined);
  }
  return error instanceof TransportError;
}

/** Waits, unless the signal ends it. */
export function sleep(milliseconds: number, signal?: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const ended = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', ended);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', ended, { once: true });
  });
}

/** An id that nobody else has. */
export function freshId(): string {
  const random = globalThis.crypto;
  if (typeof random?.randomUUID === 'function') return random.randomUUID();
  const bytes = new Uint8Array(16);
  // Pages without TLS have no `randomUUID`, and Node 18 has no global `crypto`.
  if (random) random.getRandomValues(bytes);
  else bytes.forEach((_, index) => (bytes[index] = Math.floor(Math.random() * 256)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
