// Why a call gave no answer. No error holds the API key, and none prints what was sent.

/** Any failure of a call. */
export class NexusError extends Error {
  override name = 'NexusError';
}

/** The call, or the client, makes no sense; nothing was sent. */
export class ArgumentError extends NexusError {
  override name = 'ArgumentError';
}

/** What the server said of a refusal. */
export interface Refusal {
  status: number;
  code: string;
  message: string;
  details?: Record<string, unknown> | undefined;
  requestId?: string | undefined;
  retryAfter?: number | undefined;
}

/**
 * The server answered with a refusal or a failure. Branch on `code`: it is stable, the message is not. An answer that
 * does not come from NexusRAG, such as that of a proxy, has the code `HTTP_<status>`.
 */
export class ApiError extends NexusError {
  override name = 'ApiError';
  readonly status: number;
  readonly code: string;
  /** Facts that belong to the code. */
  readonly details: Record<string, unknown> | undefined;
  /** The id to quote to the operator. */
  readonly requestId: string | undefined;
  /** How many milliseconds the server asks to wait before another attempt. */
  readonly retryAfter: number | undefined;

  constructor(refusal: Refusal) {
    const asked = refusal.requestId === undefined ? '' : `, request ${refusal.requestId}`;
    super(`${refusal.code}: ${refusal.message} (status ${refusal.status}${asked})`);
    this.status = refusal.status;
    this.code = refusal.code;
    this.details = refusal.details;
    this.requestId = refusal.requestId;
    this.retryAfter = refusal.retryAfter;
  }
}

/** The server was not reached, or the connection broke. */
export class TransportError extends NexusError {
  override name = 'TransportError';
  /** Whether the request may have arrived. */
  readonly sent: boolean;

  constructor(message: string, sent = true, cause?: unknown) {
    super(message, { cause });
    this.sent = sent;
  }
}

/** Nothing was heard for so long that the server or the way to it must be gone. */
export class SilenceError extends TransportError {
  override name = 'SilenceError';
}

/** The stream of a run was cut before its end and could not be continued. */
export class InterruptedStreamError extends TransportError {
  override name = 'InterruptedStreamError';
  /** The number of the last event that arrived. */
  readonly lastSeq: number;

  constructor(lastSeq: number) {
    super(`the stream was cut after event ${lastSeq}`);
    this.lastSeq = lastSeq;
  }
}

/** The stream of a run was cut, and the server no longer keeps what was missed. */
export class ResumeUnsupportedError extends NexusError {
  override name = 'ResumeUnsupportedError';
  /** The number of the last event that arrived. */
  readonly lastSeq: number;

  constructor(lastSeq: number, message: string) {
    super(`the stream was cut after event ${lastSeq} and cannot be resumed: ${message}`);
    this.lastSeq = lastSeq;
  }
}

/** The server answered with something that this version does not understand. */
export class DecodeError extends NexusError {
  override name = 'DecodeError';
}

/** A run ended with an `error` event instead of an answer. */
export class RunFailedError extends NexusError {
  override name = 'RunFailedError';
  readonly code: string;
  readonly runId: string;

  constructor(code: string, message: string, runId: string) {
    super(`${code}: ${message} (run ${runId})`);
    this.code = code;
    this.runId = runId;
  }
}

/** The document that was waited for could not be ingested. */
export class IngestFailedError extends NexusError {
  override name = 'IngestFailedError';
  readonly documentId: string;
  readonly reason: string;

  constructor(documentId: string, reason: string) {
    super(`document ${documentId} could not be ingested: ${reason}`);
    this.documentId = documentId;
    this.reason = reason;
  }
}

/** What was waited for did not happen in time. */
export class WaitTimeoutError extends NexusError {
  override name = 'WaitTimeoutError';
}

/** The error that an answer holds. */
export async function refusalOf(response: Response): Promise<ApiError> {
  const { status, headers } = response;
  const retryAfter = waitOf(headers);
  try {
    const { error, meta } = (await response.json()) as { error: Refusal; meta: { request_id: string } };
    if (typeof error.code === 'string' && typeof error.message === 'string') {
      const { code, message, details } = error;
      return new ApiError({ status, code, message, details, requestId: meta.request_id, retryAfter });
    }
  } catch {
    // Something between client and server answered, in its own words; or its words broke off.
  }
  const message = response.statusText || 'The answer has no envelope';
  const requestId = headers.get('x-request-id') ?? undefined;
  return new ApiError({ status, code: `HTTP_${status}`, message, requestId, retryAfter });
}

/** The wait in milliseconds. The form with a date is passed over: comparing clocks is not worth its errors here. */
function waitOf(headers: Headers): number | undefined {
  for (const [name, unit] of [['x-ratelimit-retry-after-ms', 1], ['retry-after', 1000]] as const) {
    const text = headers.get(name)?.trim() ?? '';
    if (/^\d+$/.test(text)) return Number(text) * unit;
  }
  return undefined;
}

/** A connection that failed. Only some runtimes tell that nothing was sent. */
export function lost(error: unknown): TransportError {
  if (error instanceof TransportError) return error;
  const code = (error as { cause?: { code?: unknown } } | null)?.cause?.code;
  const unsent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'];
  const message = error instanceof Error ? error.message : String(error);
  return new TransportError(`the server could not be asked: ${message}`, !unsent.includes(String(code)), error);
}
