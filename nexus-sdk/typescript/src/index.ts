export { Client, createClient, items, type Page, type WaitOptions } from './client.js';
export * from './errors.js';
export type * from './generated/types.gen.js';
export { DEFAULT_RETRY, NEVER, type RetryPolicy } from './retry.js';
export { type Heartbeat, type RunEvent, type RunOptions, RunStream } from './run.js';
export type { ClientOptions } from './settings.js';
export * from './ui.js';
