// Uploads files and waits until all can be found.
//
//   NEXUSRAG_API_KEY=… node ingest.js handbook a.pdf b.md

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

import { ApiError, Client, IngestFailedError } from '@nexusrag/client';

const [corpus_id = 'handbook', ...paths] = process.argv.slice(2);
const client = new Client({
  baseUrl: process.env['NEXUSRAG_URL'] ?? 'http://127.0.0.1:8000',
  apiKey: process.env['NEXUSRAG_API_KEY'] ?? '',
});

for (const path of paths) {
  try {
    const file = new File([await readFile(path)], basename(path));
    const { data } = await client.uploadDocument({ body: { corpus_id, file } });
    await client.waitForDocument(data.document_id);
    console.log(path, data.document_id);
  } catch (error) {
    process.exitCode = 1;
    if (error instanceof ApiError) console.error(path, error.code, error.message, error.details);
    else if (error instanceof IngestFailedError) console.error(path, error.reason);
    else throw error;
  }
}
