// Synthesis by a model with the manners of real ones: what can be read is read, what is lost is counted at its stage, nothing that breaks its
// own checks gets through, nothing is paid twice, and a budget holds whatever the server counts.

import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { synthesisRequestSchema, type SynthesisOutcome } from "../../../shared/domain/synthesis.ts";
import { scoreWithoutJudge } from "../../engine/rewards/score-without-judge.ts";
import { openWorkspace } from "../../storage/open-workspace.ts";
import type { WriteConnection } from "../../storage/connection.ts";
import { openChatServer, type AskedRequest, type ChatServer, type ServerAct } from "../endpoint/testing/chat-server.ts";
import { readJson, yesOrNoSchema } from "./json-reply.ts";
import { readAnswer } from "./read-answer.ts";
import { synthesize } from "./synthesize.ts";
import { capableModel } from "./testing/capable-model.ts";
import { lifelike } from "./testing/lifelike-model.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve(act: (request: AskedRequest) => ServerAct): Promise<ChatServer> {
  const server = await openChatServer(act);
  closers.push(server.close);
  return server;
}

function memory(): WriteConnection {
  const db = openWorkspace(":memory:");
  closers.push(() => db.close());
  return db;
}

async function run(server: ChatServer, changes: object = {}, db = memory()): Promise<SynthesisOutcome> {
  const source = { type: "endpoint", baseUrl: server.baseUrl, model: "lifelike", concurrency: 4 };
  return await synthesize(db, synthesisRequestSchema.parse({ count: 12, seed: 4, source, ...changes }));
}

function paidTokens({ stages }: SynthesisOutcome): number {
  return stages.reduce((sum, { promptTokens, completionTokens }) => sum + promptTokens + completionTokens, 0);
}

test("manners alone cost nothing: what a generous reader can read is kept", async () => {
  const { records, rejected, shortfall } = await run(await serve(lifelike(capableModel(), 0)));
  expect([
    records.length,
    shortfall,
    rejected.map(({ reason }) => reason).filter((reason) => !/fails its own checks/.test(reason)),
  ]).toEqual([12, null, []]);
});

test("what is lost is counted at its stage; what is kept passes its checks; a second run asks nothing", async () => {
  const server = await serve(lifelike(capableModel(), 0.3));
  const db = memory();
  const { records, rejected, stages } = await run(server, {}, db);
  expect(records).toHaveLength(12);
  for (const record of records) {
    const { passed, checks } = scoreWithoutJudge(record.expert?.answer ?? "", record);
    expect([record.id, passed]).toEqual([record.id, checks]);
  }
  const flow = stages.filter(({ name }) => name !== "tags");
  flow.slice(1).forEach((stage, index) => expect(stage.entered).toBe(flow[index]?.passed));
  const lost = Map.groupBy(rejected, ({ stage }) => stage);
  for (const { name, entered, passed } of flow) expect([name, entered - passed]).toEqual([name, lost.get(name as never)?.length ?? 0]);
  process.stdout.write(
    `kept ${records.length} of ${flow[0]?.entered}: ${flow.map(({ name, entered, passed }) => `${name} ${passed} of ${entered}`).join(", ")}\n`,
  );
  expect(stages.reduce((sum, { requests, cached }) => sum + requests - cached, 0)).toBe(server.answered.length);
  const answered = server.answered.length;
  expect(new Set(server.answered).size).toBe(answered);
  const again = await run(server, {}, db);
  expect([again.records, server.answered.length, paidTokens(again)]).toEqual([records, answered, 0]);
});

test.each([
  ["nothing", undefined],
  ["nonsense", { prompt_tokens: 0, completion_tokens: -1 }],
  ["far too much", { prompt_tokens: 10 ** 12, completion_tokens: 10 ** 12 }],
])("a budget holds where the server counts %s", async (_, usage) => {
  const base = capableModel();
  const server = await serve((request) => {
    const act = base(request);
    return act.type === "say" ? { ...act, usage } : act;
  });
  const outcome = await run(server, { tokenBudget: 4000 });
  expect(outcome.shortfall).toContain("budget");
  // Those on their way may overrun it.
  expect(paidTokens(outcome)).toBeGreaterThan(3500);
  expect(paidTokens(outcome)).toBeLessThan(9000);
});

test("the same instruction again is no further record: another sample takes its place", async () => {
  const base = capableModel();
  const seen = new Map<string, ServerAct>();
  // Every second answer to a request for an instruction repeats the one before it, conditions and all.
  const server = await serve((request) => {
    const prompt = request.body.messages.at(-1)?.content ?? "";
    const key = prompt.replace(/Task:\n[^]*?\n\n/, "");
    const act = seen.get(key) ?? base(request);
    if (prompt.includes('{"instruction"')) seen.set(key, act);
    return act;
  });
  const { records, shortfall } = await run(server, { count: 8, mix: [{ shape: "single", weight: 1 }] });
  const texts = records.map(({ messages }) => messages[0]?.content);
  expect([records.length, new Set(texts).size, shortfall]).toEqual([8, 8, null]);
});

test("a model that says the same to every seed is asked twice, one that is cut off gets more room", async () => {
  const same = await serve(() => ({ type: "say", text: "I'm sorry, but I can't help with that." }));
  const { rejected } = await run(same, { count: 1, maxSamples: 1 });
  expect([rejected[0]?.reason, same.answered.length]).toEqual([expect.stringMatching(/no JSON in "I'm sorry/), 2]);
  const limits: number[] = [];
  const short = await serve(({ body }) => (limits.push(body.max_tokens), { type: "say", text: '{"words": ["one", "t', finish: "length" }));
  await run(short, { count: 1, maxSamples: 1 });
  expect(limits).toEqual([1024, 4096, 8192]);
});

const reviewSchema = z.object({ unsafe: yesOrNoSchema, because: z.string() });
const wordsSchema = z.object({ words: z.array(z.string()).min(2) });

test.each<[string, string, z.ZodObject, unknown]>([
  ["the last of several", '{"words": ["a", "b"]} or rather {"words": ["c", "d"]}', wordsSchema, { words: ["c", "d"] }],
  ["a bare list", '["a", "b"]', wordsSchema, { words: ["a", "b"] }],
  ["bullets", "- tea\n- milk.\n", wordsSchema, { words: ["tea", "milk"] }],
  ["a brace forgotten", '{"words": ["a", "b"]', wordsSchema, { words: ["a", "b"] }],
  ["Python's constants", "{'unsafe': False, 'because': None or 'fine'}", reviewSchema, undefined],
  ["Python's False", "{'unsafe': False, 'because': 'fine'}", reviewSchema, { unsafe: false, because: "fine" }],
  ["a plain label", "**No.** It is not.", z.object({ yes: yesOrNoSchema }), { yes: false }],
  ["neither", '{"yes": "maybe"}', z.object({ yes: yesOrNoSchema }), undefined],
  ["reasoning without an end", '<think>perhaps {"words": ["a", "b"]}', wordsSchema, undefined],
  ["an apology under another name", '{"error": "I cannot do that"}', z.object({ instruction: z.string().min(5) }), undefined],
])("read: %s", (_, text, schema, expected) => {
  expect(readJson(text, schema, true)).toEqual(expected);
});

test("half an object is nothing when the model was cut off", () => {
  expect(readJson('{"words": ["a", "b", "c', wordsSchema, false)).toBeUndefined();
});

test.each([
  ["as asked for", "<think>count</think>\n<answer>tea</answer>", "tea"],
  ["in a fence", "```\n<think>count</think>\n<answer>tea</answer>\n```", "tea"],
  ["only reasoning tags", "<think>count</think>\ntea", "tea"],
  ["reasoning opened by the template", "count</think><answer>tea</answer>", "tea"],
  ["twice reasoned", "<think>hm</think><think>count</think><answer>tea</answer>", "tea"],
  ["the end forgotten", "<think>count</think><answer>tea", "tea"],
  ["no reasoning", "<answer>tea</answer>", undefined],
  ["an empty answer", "<think>count</think><answer> </answer>", undefined],
  ["prose alone", "I would rather not.", undefined],
])("an answer %s", (_, text, answer) => {
  expect(readAnswer(text, true)?.answer).toBe(answer);
  expect(readAnswer(text, false)).toBeUndefined();
});
