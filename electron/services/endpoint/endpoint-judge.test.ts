// Against a real HTTP server that misbehaves.

import { afterEach, describe, expect, test } from "vitest";
import { isWorkbenchError } from "../../../shared/errors.ts";
import type { JudgeQuestion } from "../../engine/rewards/leaf-checks.ts";
import type { EndpointSettings } from "./chat-endpoint.ts";
import { EndpointJudge } from "./endpoint-judge.ts";
import { openChatServer, type ChatServer, type ServerAct } from "./testing/chat-server.ts";
import { readLabel, saidText } from "./yes-or-no.ts";

const servers: ChatServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** One act a request, the last one from then on. */
async function start(...acts: ServerAct[]): Promise<ChatServer> {
  let next = 0;
  const server = await openChatServer(() => acts[Math.min(next++, acts.length - 1)] as ServerAct);
  servers.push(server);
  return server;
}

function judge({ baseUrl }: ChatServer, settings: Partial<EndpointSettings> = {}): EndpointJudge {
  return new EndpointJudge({ baseUrl, model: "some-judge", timeoutMs: 2000, maxAttempts: 4, retryMs: 1, ...settings, concurrency: 4 });
}

const question: JudgeQuestion = {
  messages: [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Name a city." },
  ],
  answer: "Paris, of course",
  question: "Does the answer name a city?",
};
const yes: ServerAct = { type: "say", text: "Yes." };

test("it is asked at temperature 0, with the whole conversation and the answer, and the key in the header alone", async () => {
  const server = await start(yes);
  expect(await judge(server, { apiKey: "secret" }).ask([question])).toEqual([{ yes: true }]);
  const request = server.requests[0];
  expect(request).toMatchObject({ authorization: "Bearer secret", body: { model: "some-judge", temperature: 0 } });
  const prompt = request?.body.messages[0]?.content ?? "";
  for (const part of ["Be brief.", "Name a city.", question.answer, question.question]) expect(prompt).toContain(part);
  expect(request?.key).not.toContain("secret");
});

describe("what may pass is tried again", () => {
  test.each<[string, ServerAct]>([
    ["429", { type: "status", status: 429 }],
    ["429 with a pause", { type: "status", status: 429, headers: { "retry-after": "0.05" } }],
    ["500", { type: "status", status: 500, body: "<html>oops</html>" }],
    ["no JSON", { type: "raw", body: "upstream said hello" }],
    ["JSON of another shape", { type: "raw", body: '{"choices":[]}' }],
    ["a connection that is cut", { type: "cut" }],
  ])("%s", async (_, trouble) => {
    const server = await start(trouble, trouble, yes);
    expect(await judge(server).ask([question])).toEqual([{ yes: true }]);
    expect(server.requests).toHaveLength(3);
  });

  test("a reply that does not come in time", async () => {
    expect(await judge(await start({ type: "silence" }, yes), { timeoutMs: 150 }).ask([question])).toEqual([{ yes: true }]);
  });

  test("after the last try it says what was wrong, and not the key", async () => {
    const server = await start({ type: "status", status: 503 });
    await expect(judge(server, { apiKey: "secret" }).ask([question])).rejects.toSatisfy(
      (error) => isWorkbenchError(error, "network-failed") && /status 503, 4 times/.test(error.message) && !/secret/.test(error.message),
    );
  });
});

test.each([
  [401, "unauthorised"],
  [404, "network-failed"],
  [400, "network-failed"],
])("%d is told at once", async (status, code) => {
  const server = await start({ type: "status", status, body: '{"error":"no"}' });
  await expect(judge(server).ask([question])).rejects.toMatchObject({ code });
  expect(server.requests).toHaveLength(1);
});

describe("labels", () => {
  test("what is neither yes nor no is asked again, then counts as no and says why", async () => {
    const server = await start({ type: "say", text: "maybe" }, { type: "say", text: "" }, yes);
    expect(await judge(server).ask([question])).toEqual([{ yes: true }]);
    const never = await start({ type: "say", text: "It depends." });
    expect(await judge(never).ask([question])).toEqual([{ yes: false, note: 'the judge said neither yes nor no: "It depends."' }]);
    expect(never.requests).toHaveLength(3);
  });

  test.each([
    ["yes", true],
    ["**No**, because it does not.", false],
    ['"YES"', true],
    ["<think>yes or no?</think>\nno", false],
    ["The answer is yes.", true],
    ["Not really", undefined],
    ["nothing", undefined],
    ["It says yes and no", undefined],
    ["", undefined],
  ])("%j", (text, label) => {
    expect(readLabel(saidText({ text }))).toBe(label);
  });

  test("the margin is read from token probabilities; an endpoint that knows none is asked without", async () => {
    const top_logprobs = [
      { token: " no", logprob: -2 },
      { token: "Yes", logprob: -0.5 },
    ];
    const logprobs = { content: [{ token: "Yes", logprob: -0.5, top_logprobs }] };
    const body = JSON.stringify({ choices: [{ message: { content: "Yes" }, logprobs }] });
    expect(await judge(await start({ type: "raw", body })).ask([question])).toEqual([{ yes: true, margin: 1.5 }]);
    const server = await start({ type: "status", status: 400, body: "unknown field logprobs" }, yes);
    expect(await judge(server).ask([question, question])).toEqual([{ yes: true }, { yes: true }]);
    expect(server.requests.map(({ key }) => key.includes("logprobs"))).toEqual([true, false, false]);
  });
});

test("cancelling ends what is on the way", async () => {
  const server = await start({ type: "silence" });
  const controller = new AbortController();
  const asked = judge(server).ask([question], controller.signal);
  setTimeout(() => controller.abort(), 50);
  await expect(asked).rejects.toMatchObject({ code: "cancelled" });
});
