// Endpoints that misbehave, on a real socket: late, silent, rate limited, broken answers, cut connections, refusals. And answers that
// are remembered: nothing is asked twice.

import { afterEach, expect, test } from "vitest";
import { openWorkspace } from "../../storage/open-workspace.ts";
import type { WriteConnection } from "../../storage/connection.ts";
import { openChatEndpoint, type EndpointSettings } from "./chat-endpoint.ts";
import type { ChatModel } from "./chat-model.ts";
import { rememberReplies } from "./remembered-model.ts";
import { openChatServer, type AskedRequest, type ChatServer, type ServerAct } from "./testing/chat-server.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve(act: (request: AskedRequest) => ServerAct): Promise<ChatServer> {
  const server = await openChatServer(act);
  closers.push(server.close);
  return server;
}

function open(server: ChatServer, settings: Partial<EndpointSettings> = {}): ChatModel {
  return openChatEndpoint({ baseUrl: server.baseUrl, model: "m", timeoutMs: 300, retryMs: 1, ...settings });
}

const HELLO = { messages: [{ role: "user", content: "hello" }], temperature: 0, maxTokens: 5 } as const;

test("trouble that passes is waited out: busy, broken, silent, cut, not JSON, no completion", async () => {
  const troubles: ServerAct[] = [
    { type: "status", status: 429, headers: { "retry-after": "0" } },
    { type: "status", status: 503 },
    { type: "silence" },
    { type: "cut" },
    { type: "raw", body: '{"choices": [' },
    { type: "raw", body: '{"choices": []}' },
  ];
  const server = await serve(({ attempt }) => troubles[attempt] ?? { type: "say", text: "hi" });
  const reply = await open(server, { maxAttempts: 10, apiKey: "secret" }).ask(HELLO);
  expect(reply).toMatchObject({ text: "hi", finish: "stop", promptTokens: 10, completionTokens: 1 });
  expect(server.requests).toHaveLength(troubles.length + 1);
  expect(server.requests.every(({ authorization }) => authorization === "Bearer secret")).toBe(true);
});

test("trouble that stays is said in words, without the key; refusals are not repeated", async () => {
  const busy = await serve(() => ({ type: "status", status: 500 }));
  await expect(open(busy, { maxAttempts: 3, apiKey: "secret" }).ask(HELLO)).rejects.toMatchObject({
    code: "network-failed",
    message: expect.not.stringContaining("secret") as string,
    details: { got: "status 500, 3 times" },
  });
  expect(busy.requests).toHaveLength(3);
  const strict = await serve(({ body }) => ({ type: "status", status: body.model === "m" ? 401 : 400, body: "no such model" }));
  await expect(open(strict).ask(HELLO)).rejects.toMatchObject({ code: "unauthorised" });
  await expect(open(strict, { model: "x" }).ask(HELLO)).rejects.toThrow("no such model");
  expect(strict.requests).toHaveLength(2);
});

test("answers in parts, reasoning beside them and wrong counts are taken as they are meant", async () => {
  const message = {
    role: "assistant",
    content: [
      { type: "text", text: "Elbe " },
      { type: "text", text: "and Oder" },
    ],
    reasoning_content: "Two rivers.",
  };
  const bodies = [
    { choices: [{ message, finish_reason: null }], usage: { prompt_tokens: "7", completion_tokens: null } },
    { choices: [{ message: { content: "tea" } }], usage: "none" },
    { choices: [{ message: { content: "" } }], usage: { prompt_tokens: 7, completion_tokens: 0 } },
  ];
  const server = await serve(({ body }) => ({ type: "raw", body: JSON.stringify(bodies[body.seed ?? 0]) }));
  const model = open(server);
  const ask = (seed: number): ReturnType<ChatModel["ask"]> => model.ask({ ...HELLO, seed });
  expect(await ask(0)).toMatchObject({
    text: "<think>\nTwo rivers.\n</think>\nElbe and Oder",
    finish: "stop",
    promptTokens: 7,
    completionTokens: 11,
  });
  expect(await ask(1)).toMatchObject({ text: "tea", promptTokens: 2, completionTokens: 1 });
  expect(await ask(2)).toMatchObject({ text: "", promptTokens: 7, completionTokens: 0 });
  expect(server.requests).toHaveLength(3);
});

test("what a server does not know is left out or called otherwise, once and for all; other refusals stay refusals", async () => {
  const unknown = ["response_format", "seed", "max_tokens"];
  const server = await serve(({ body }) => {
    const named = unknown.find((name) => name in body);
    if (named === undefined) return { type: "say", text: "hi" };
    return { type: "status", status: named === "seed" ? 422 : 400, body: `{"error": {"message": "Unsupported parameter: '${named}'"}}` };
  });
  const model = open(server);
  expect((await model.ask({ ...HELLO, seed: 1, json: true })).text).toBe("hi");
  expect(server.requests).toHaveLength(4);
  expect(server.requests.at(-1)?.body).toEqual({ model: "m", messages: HELLO.messages, temperature: 0, max_completion_tokens: 5 });
  expect((await model.ask({ ...HELLO, seed: 2, json: true })).text).toBe("hi");
  expect(server.requests).toHaveLength(5);
  const long = await serve(() => ({ type: "status", status: 400, body: "the prompt is too long" }));
  await expect(open(long).ask({ ...HELLO, json: true })).rejects.toThrow("too long");
  expect(long.requests).toHaveLength(1);
});

test("the time a server asks for is waited", async () => {
  const waits: number[] = [];
  let lastMs = performance.now();
  const server = await serve(({ attempt }) => {
    waits.push(performance.now() - lastMs);
    lastMs = performance.now();
    return attempt === 0 ? { type: "status", status: 429, headers: { "retry-after": "0.3" } } : { type: "say", text: "hi" };
  });
  await open(server).ask(HELLO);
  expect(waits[1]).toBeGreaterThan(250);
});

test("no more requests at a time than allowed; cancelling ends all of them", async () => {
  const server = await serve(() => ({ type: "silence" }));
  const model = open(server, { concurrency: 2, timeoutMs: 60_000 });
  const controller = new AbortController();
  const asks = [1, 2, 3, 4].map((seed) => model.ask({ ...HELLO, seed }, controller.signal));
  while (server.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(server.requests).toHaveLength(2);
  controller.abort();
  const results = await Promise.allSettled(asks);
  expect(results.map((result) => result.status === "rejected" && (result.reason as { code: string }).code)).toEqual(
    Array<string>(4).fill("cancelled"),
  );
  expect(server.requests).toHaveLength(2);
});

test("a key does not follow to another server, addresses are checked", async () => {
  const server = await serve(() => ({ type: "status", status: 302, headers: { location: "http://127.0.0.1:1/" } }));
  await expect(open(server, { maxAttempts: 1 }).ask(HELLO)).rejects.toMatchObject({ code: "network-failed" });
  for (const baseUrl of ["localhost", "file:///etc/passwd", "http://user:pass@host/v1", ""]) {
    expect(() => openChatEndpoint({ baseUrl, model: "m" })).toThrow("no address");
  }
  expect(openChatEndpoint({ baseUrl: "http://host/v1/chat/completions/", model: "m" }).identity).toBe("http://host/v1/chat/completions m");
});

test("what was answered is never asked again: not twice at once, not by another model object; another seed is another question", async () => {
  const db: WriteConnection = openWorkspace(":memory:", { create: true });
  closers.push(() => db.close());
  const server = await serve(({ body }) => ({ type: "say", text: `answer ${body.seed ?? 0}`, afterMs: 10 }));
  const model = rememberReplies(db, open(server));
  const [first, second] = await Promise.all([model.ask(HELLO), model.ask(HELLO)]);
  expect([first.cached, second.cached, second.text]).toEqual([false, true, "answer 0"]);
  const later = rememberReplies(db, open(server));
  expect(await later.ask(HELLO)).toMatchObject({ cached: true, text: "answer 0" });
  expect(await later.ask({ ...HELLO, seed: 1 })).toMatchObject({ cached: false, text: "answer 1" });
  expect(server.requests).toHaveLength(2);
  expect(model.use()).toEqual({ requests: 2, cached: 1, promptTokens: 10, completionTokens: 2 });
  expect(later.use()).toEqual({ requests: 2, cached: 1, promptTokens: 10, completionTokens: 2 });
});

test("a spent budget stops asking", async () => {
  const db: WriteConnection = openWorkspace(":memory:", { create: true });
  closers.push(() => db.close());
  const server = await serve(() => ({ type: "say", text: "one two three" }));
  const model = rememberReplies(db, open(server), 20);
  await model.ask({ ...HELLO, seed: 1 });
  await model.ask({ ...HELLO, seed: 2 });
  await expect(model.ask({ ...HELLO, seed: 3 })).rejects.toMatchObject({ code: "budget-spent" });
  expect(server.requests).toHaveLength(2);
});

test("while a server wants to be left alone nobody asks it", async () => {
  const server = await serve(({ body }) =>
    body.seed === 1 && server.requests.length === 1
      ? { type: "status", status: 429, headers: { "retry-after": "7" } }
      : { type: "say", text: "hi" },
  );
  const pauses: number[] = [];
  let end = (): void => undefined;
  const over = new Promise<void>((resolve) => (end = resolve));
  const model = open(server, { concurrency: 3, pause: (ms) => (pauses.push(ms), over) });
  const first = model.ask({ ...HELLO, seed: 1 });
  while (pauses.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const others = [2, 3].map((seed) => model.ask({ ...HELLO, seed }));
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect([pauses, server.requests.length]).toEqual([[7000], 1]);
  end();
  expect((await Promise.all([first, ...others])).map(({ text }) => text)).toEqual(["hi", "hi", "hi"]);
  expect(server.requests).toHaveLength(4);
});
