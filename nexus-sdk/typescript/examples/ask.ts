// Asks a question and prints the answer as it comes, with its sources.
//
//   NEXUSRAG_API_KEY=… node ask.js handbook "Who approves routine changes?"

import { Client } from '@nexusrag/client';

const [corpus_id = 'handbook', message = 'Who approves routine changes?'] = process.argv.slice(2);
const client = new Client({
  baseUrl: process.env['NEXUSRAG_URL'] ?? 'http://127.0.0.1:8000',
  apiKey: process.env['NEXUSRAG_API_KEY'] ?? '',
});

for await (const event of client.run({ session_id: crypto.randomUUID(), corpus_id, message })) {
  switch (event.type) {
    case 'token.delta':
      process.stdout.write(event.data.delta);
      break;
    case 'message.final':
      console.log();
      for (const { index, title, document_id, start, end, quote } of event.data.citations ?? []) {
        console.log(`[${index}] ${title ?? document_id} ${start}-${end}: ${quote}`);
      }
      break;
    case 'error':
      console.error(`${event.data.code}: ${event.data.message}`);
      process.exitCode = 1;
      break;
    default:
    // Notices, heartbeats, and what later servers send.
  }
}
