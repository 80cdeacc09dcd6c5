import { ArgumentError } from './errors.js';
import { DEFAULT_RETRY, type RetryPolicy } from './retry.js';

export interface ClientOptions {
  /** Where the server is, without `/v1`; a path before it, as behind a reverse proxy, is kept. */
  baseUrl?: string;
  /** The API key or session token to show. */
  apiKey?: string;
  /** How often and how patiently calls are repeated. */
  retry?: Partial<RetryPolicy>;
  /** How many milliseconds one attempt of a call may take; the stream of a run is not a call. */
  timeout?: number;
  /** How many milliseconds a stream may be quiet before it counts as cut; more than three of the server's heartbeats. */
  silenceTimeout?: number;
  /** What sends, in place of the global `fetch`. */
  fetch?: typeof globalThis.fetch;
}

/** What a client is made of. */
export interface Settings {
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly retry: RetryPolicy;
  readonly timeout: number;
  readonly silenceTimeout: number;
  readonly fetch: typeof globalThis.fetch;
}

export function settingsOf(options: ClientOptions): Settings {
  const send = options.fetch;
  return {
    baseUrl: checkedUrl(options.baseUrl ?? 'http://127.0.0.1:8000'),
    headers: bearer(options.apiKey),
    retry: { ...DEFAULT_RETRY, ...options.retry },
    timeout: options.timeout ?? 60_000,
    // The server sends a heartbeat after 10 quiet seconds: three of them may go missing.
    silenceTimeout: options.silenceTimeout ?? 35_000,
    // Browsers refuse a `fetch` that is called as a method of something else.
    fetch: send ? (input, init) => send(input, init) : (input, init) => globalThis.fetch(input, init),
  };
}

function checkedUrl(text: string): string {
  let url: URL;
  try {
    // A page may name its own server without saying where that is.
    url = new URL(text, (globalThis as { location?: { href?: string } }).location?.href);
  } catch {
    throw new ArgumentError('baseUrl is no URL');
  }
  if (!['http:', 'https:'].includes(url.protocol)) throw new ArgumentError('baseUrl begins with neither http:// nor https://');
  if (url.username || url.password) {
    throw new ArgumentError('baseUrl holds a user name or password, which would end up in error messages');
  }
  if (url.search || url.hash) throw new ArgumentError('baseUrl has a query or a fragment');
  return url.href.replace(/\/+$/, '');
}

function bearer(apiKey: string | undefined): Record<string, string> {
  if (!apiKey) return {};
  if (!/^[\x21-\x7e]+$/.test(apiKey)) throw new ArgumentError('the API key holds characters that no header can carry');
  return { Authorization: `Bearer ${apiKey}` };
}
