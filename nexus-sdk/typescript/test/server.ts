// The real server, beside which `scripts/with-server.py` runs the tests, and a way to it that breaks where it is told to.

import { createServer, connect, type AddressInfo, type Server as NetServer, type Socket } from 'node:net';

import { Client, type ClientOptions } from '../src/index.js';

type Keys = Record<'reader' | 'editor' | 'admin' | 'operator' | 'poor' | 'capped', string>;

const told = process.env['NEXUS_TEST_SERVER'];
if (!told) throw new Error('run the tests beside a server: scripts/with-server.py npm test');
export const server = JSON.parse(told) as { url: string; model: string; keys: Keys };

/** A client of a role that waits next to nothing between attempts. */
export function clientOf(role: keyof Keys = 'editor', options: ClientOptions = {}): Client {
  return new Client({ baseUrl: server.url, apiKey: server.keys[role], retry: { base: 10 }, ...options });
}

/** How many answers the model began, finished and dropped. */
export async function answers(): Promise<{ begun: number; finished: number; dropped: number }> {
  return (await fetch(server.model)).json() as never;
}

/** Waits until something holds. */
export async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(what);
}

/** A corpus with a document that the reader may read as well. */
export async function corpus(): Promise<string> {
  const id = `c-${crypto.randomUUID()}`;
  const editor = clientOf();
  await editor.createCorpus({ body: { id, name: 'Handbook' } });
  const text = 'Routine changes need a second pair of eyes.';
  const { data } = await editor.ingestText({ body: { corpus_id: id, text, filename: 'changes.md' } });
  await editor.waitForDocument(data.document_id, { timeout: 60_000 });
  const grant = { principal_type: 'role', principal_id: 'reader', permission: 'read' } as const;
  await clientOf('admin').grantDocumentPermission({ path: { document_id: data.document_id }, body: grant });
  return id;
}

/** Passes connections on. `plan` says for each, counted from 0, after how many bytes of the answer it breaks. */
export class CuttingProxy {
  /** How many bytes of answers came through. */
  passed = 0;
  connections = 0;
  readonly #server: NetServer;
  readonly #open = new Set<Socket>();

  private constructor(private readonly plan: (connection: number) => number | undefined) {
    this.#server = createServer((client) => this.#serve(client));
  }

  static async start(plan: (connection: number) => number | undefined): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(plan);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
  }

  #serve(client: Socket): void {
    let left = this.plan(this.connections);
    this.connections += 1;
    const { hostname, port } = new URL(server.url);
    const upstream = connect(Number(port), hostname);
    for (const [socket, other] of [[client, upstream], [upstream, client]] as const) {
      this.#open.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#open.delete(socket);
        other.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on('data', (chunk) => {
      const piece = left === undefined ? chunk : chunk.subarray(0, left);
      this.passed += piece.length;
      if (left === undefined || (left -= piece.length) > 0) client.write(piece);
      else {
        upstream.destroy();
        client.end(piece);
      }
    });
  }
}

/** Numbers that are the same each time. */
export function chance(seed: number): (most: number) => number {
  let state = (seed + 1) * 0x9e3779b9;
  return (most) => {
    state = Math.imul(state ^ (state >>> 15), state | 1);
    state ^= state + Math.imul(state ^ (state >>> 7), state | 61);
    return ((state ^ (state >>> 14)) >>> 0) % (most + 1);
  };
}
