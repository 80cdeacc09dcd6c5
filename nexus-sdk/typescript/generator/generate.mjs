// Writes src/generated from docs/openapi.json: types, and one function for each operation.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createClient } from '@hey-api/openapi-ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const document = JSON.parse(await readFile(join(here, '../../../docs/openapi.json'), 'utf8'));

// What is written by hand is left out: refusals are exceptions, and the stream of a run has a reader of its own.
delete document.paths['/v1/run'];
for (const item of Object.values(document.paths)) {
  for (const operation of Object.values(item)) {
    const successes = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
    for (const [, response] of successes) delete response.headers;
    operation.responses = Object.fromEntries(successes);
  }
}
delete document.components.responses;

const header = '// Generated from docs/openapi.json by `make sdk-generate`: do not edit.\n';
const output = join(here, '../src/generated');
const folder = await mkdtemp(join(tmpdir(), 'nexusrag-'));
try {
  const input = join(folder, 'openapi.json');
  await writeFile(input, JSON.stringify(document));
  await createClient({
    input,
    logs: { level: 'warn', file: false },
    output: {
      path: output,
      header,
      module: { extension: '.js' },
    },
    parser: { filters: { orphans: true } },
    plugins: [
      '@hey-api/typescript',
      { name: '@hey-api/client-fetch', throwOnError: true },
      {
        name: '@hey-api/sdk',
        auth: false,
        responseStyle: 'data',
        operations: { strategy: 'single', containerName: 'Operations', methods: 'instance' },
      },
    ],
  });
  // Which operations take the name of a change.
  const once = [];
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const references = (operation.parameters ?? []).map((parameter) => parameter.$ref ?? '');
      if (references.some((reference) => reference.endsWith('/Idempotency-Key'))) {
        once.push(`  '${method.toUpperCase()} ${path}',`);
      }
    }
  }
  const list = `${header}\nexport const changes: ReadonlySet<string> = new Set([\n${once.sort().join('\n')}\n]);\n`;
  await writeFile(join(output, 'changes.gen.ts'), list);
} finally {
  await rm(folder, { recursive: true });
}
