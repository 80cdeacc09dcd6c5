// The official client for Node, against a server with a corpus `c1`.
import assert from "node:assert/strict";
import OpenAI from "openai";

const base = process.env.NEXUS_URL;
const client = new OpenAI({ baseURL: `${base}/v1`, apiKey: process.env.NEXUS_API_KEY, maxRetries: 0 });
const messages = [{ role: "user", content: "Who approves larger changes, der Rat?" }];

const refused = Number(process.argv[2] ?? 0);
if (refused) {
  // Limits let one question through.
  const told = [];
  for (let n = 0; n < 3; n += 1) {
    await client.chat.completions.create({ model: "c1", messages, max_tokens: 1 }).catch((error) => told.push(error));
  }
  assert.ok(told.length > 1);
  for (const error of told) assert.ok(error instanceof OpenAI.APIError && error.status === refused && error.code, error);
  process.exit();
}

const models = [];
for await (const model of client.models.list()) models.push(model.id);
assert.deepEqual(models, ["c1"]);

const answer = await client.chat.completions.create({ model: "c1", messages });
const { content, annotations } = answer.choices[0].message;
assert.ok(annotations.length > 0);
for (const { url_citation: cited } of annotations) {
  // Offsets count Unicode characters, which are not what `slice` counts.
  assert.equal([...content].slice(cited.start_index, cited.end_index).join(""), `[${cited.index}]`);
  const headers = { authorization: `Bearer ${process.env.NEXUS_API_KEY}` };
  const stored = (await (await fetch(new URL(cited.url, base), { headers })).json()).data;
  assert.equal(stored.text, cited.quote);
}

let text = "";
let usage;
const stream = await client.chat.completions.create({ model: "c1", messages, stream: true, stream_options: { include_usage: true } });
for await (const chunk of stream) {
  text += chunk.choices[0]?.delta?.content ?? "";
  usage = chunk.usage ?? usage;
}
assert.equal(text, content);
assert.equal(usage.total_tokens, answer.usage.total_tokens);

const runner = client.chat.completions.stream({ model: "c1", messages });
assert.equal((await runner.finalChatCompletion()).choices[0].message.content, content);

await assert.rejects(client.chat.completions.create({ model: "nothing", messages }), (error) => {
  assert.ok(error instanceof OpenAI.NotFoundError);
  assert.equal(error.code, "NOT_FOUND");
  return true;
});
await assert.rejects(client.chat.completions.create({ model: "c1", messages, response_format: { type: "json_object" } }), (error) => {
  assert.equal(error.status, 422);
  assert.equal(error.param, "response_format");
  return true;
});
const stranger = new OpenAI({ baseURL: `${base}/v1`, apiKey: "sk-made-up", maxRetries: 0 });
await assert.rejects(stranger.models.list(), (error) => error instanceof OpenAI.AuthenticationError);

const abort = new AbortController();
const cut = await client.chat.completions.create({ model: "c1", messages, stream: true }, { signal: abort.signal });
for await (const chunk of cut) {
  assert.ok(chunk.id.startsWith("chatcmpl-"));
  abort.abort();
}
console.log("ok");
