// Server-sent events out of bytes, however these are cut.

import { DecodeError } from './errors.js';

/** The most characters that may pass without completing an event. */
const MAX_EVENT = 16 * 1024 * 1024;

/** The `data` of each event that is complete. What is left when the connection ends is no event. */
export class Frames {
  readonly #decoder = new TextDecoder();
  #rest = '';
  #data: string[] = [];
  #held = 0;

  feed(chunk: Uint8Array): string[] {
    const text = this.#decoder.decode(chunk, { stream: true });
    this.#held += text.length;
    if (this.#held > MAX_EVENT) throw new DecodeError(`an event is larger than ${MAX_EVENT} characters`);
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    const frames: string[] = [];
    for (const line of lines) this.#take(line.endsWith('\r') ? line.slice(0, -1) : line, frames);
    return frames;
  }

  #take(line: string, frames: string[]): void {
    if (line === '') {
      if (this.#data.length > 0) {
        frames.push(this.#data.join('\n'));
        this.#data = [];
        this.#held = this.#rest.length;
      }
      return;
    }
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    if (name === 'data') this.#data.push(colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, ''));
  }
}
