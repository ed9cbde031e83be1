// Synthesis end to end against a flawed model on a real socket: nothing accepted breaks its own checks, every rejection has its reason,
// the result depends on settings and answers alone, and after a SIGKILL nothing that was answered is asked again.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { InstructionRecord } from "../../../shared/domain/instruction.ts";
import { synthesisRequestSchema, type MixPart, type SynthesisOutcome, type SynthesisRequest } from "../../../shared/domain/synthesis.ts";
import { startRaif } from "../../cli/testing/raif-process.ts";
import { activeRules } from "../../engine/data-quality/active-rules.ts";
import { scoreAnswer, validateRecord } from "../../engine/rewards/reward.ts";
import { getRow } from "../../storage/connection.ts";
import { openWorkspace, openWorkspaceReadOnly } from "../../storage/open-workspace.ts";
import { openChatServer, type AskedRequest, type ChatServer, type ServerAct } from "../endpoint/testing/chat-server.ts";
import { synthesize } from "./synthesize.ts";
import { FLAWED_PROMPTS, flawedModel, writeFlawedFiles } from "./testing/flawed-model.ts";

const COUNT = 9;
const MAX_SAMPLES = 120;
const SEED = 7;
const MIX: readonly MixPart[] = [
  { shape: "single", weight: 1 },
  { shape: "and", weight: 2 },
  { shape: "chain", weight: 1 },
  { shape: "selection", weight: 1 },
  { shape: "nested2", weight: 1 },
  { shape: "nested3", weight: 1 },
];
const MIX_TEXT = MIX.map(({ shape, weight }) => `${shape}=${weight}`).join(",");

let folder: string;
let files: ReturnType<typeof writeFlawedFiles>;
let model: (request: AskedRequest) => ServerAct;
const servers: ChatServer[] = [];
/** Trouble without the waits that it brings, which would only make tests slow; the first one has them. */
const awake = (request: AskedRequest): ServerAct => {
  const act = model(request);
  return act.type === "say" ? { type: "say", text: act.text } : { type: "status", status: 429, headers: { "retry-after": "0" } };
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "raif-synthesis-"));
  files = writeFlawedFiles(folder);
  model = flawedModel({ seed: SEED, mix: MIX, maxSamples: MAX_SAMPLES });
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function serve(act: (request: AskedRequest) => ServerAct): Promise<ChatServer> {
  const server = await openChatServer(act);
  servers.push(server);
  return server;
}

async function run(server: ChatServer, changes: Partial<SynthesisRequest> = {}, concurrency = 5): Promise<SynthesisOutcome> {
  const db = openWorkspace(":memory:", { create: true });
  try {
    const source = { type: "endpoint", baseUrl: server.baseUrl, model: "flawed", concurrency, timeoutMs: 4000 };
    const request = { count: COUNT, maxSamples: MAX_SAMPLES, mix: MIX, seed: SEED, seeds: files.seeds, prompts: FLAWED_PROMPTS, source };
    return await synthesize(db, synthesisRequestSchema.parse({ ...request, ...changes }));
  } finally {
    db.close();
  }
}

let undisturbed: SynthesisOutcome;

test("of a flawed model's samples only good ones are accepted, the others are kept with their reason", async () => {
  const server = await serve(model);
  undisturbed = await run(server);
  const { records, rejected, stages, shortfall } = undisturbed;
  expect([records.length, shortfall]).toEqual([COUNT, null]);
  for (const record of records) {
    validateRecord(record, record.id);
    const { passed, checks } = scoreAnswer(record.expert?.answer ?? "", record);
    expect([record.id, passed]).toEqual([record.id, checks]);
    expect(activeRules(record).length).toBeGreaterThan(0);
    expect(record.label).toMatchObject({ mode: "corrected" });
  }
  expect(new Set(records.map(({ tags }) => tags["composition"])).size).toBeGreaterThan(1);
  expect(rejected.every(({ reason, sample }) => reason !== "" && typeof sample["seed"] === "string")).toBe(true);
  const byStage = Map.groupBy(rejected, ({ stage }) => stage);
  process.stdout.write(`rejected: ${[...byStage].map(([stage, samples]) => `${stage} ${samples.length}`).join(", ")}\n`);
  expect(byStage.size).toBeGreaterThan(1);
  // What leaves a stage enters the next; requests that were repeated for trouble are not counted.
  const flow = stages.filter(({ name }) => name !== "tags");
  flow.slice(1).forEach((stage, index) => expect(stage.entered).toBe(flow[index]?.passed));
  expect(flow.at(-1)?.passed).toBe(records.length);
  expect(flow[0]?.entered).toBe(records.length + rejected.length);
  expect(new Set(server.answered).size).toBe(server.answered.length);
  expect(stages.reduce((sum, { requests }) => sum + requests, 0)).toBe(server.answered.length);
});

test("questions are merged into the instruction and stand beside its rules; an answer that a reader finds wanting is rejected", async () => {
  const { records, rejected } = await run(await serve(awake), { questions: 1, count: 5 });
  for (const { label, messages } of records) {
    if (label.type !== "tree" || label.tree.type !== "and") throw new Error("a label without an and");
    expect(label.tree.children.at(-1)).toEqual({ type: "question", text: "Is it friendly?" });
    expect(messages[0]?.content).toMatch("Be friendly to the reader.");
  }
  expect(records).toHaveLength(5);
  expect(rejected.map(({ reason }) => reason)).toContain("the answer does not meet a wish: Is it friendly?");
});

test("one at a time gives the same records", async () => {
  const alone = await run(await serve(awake), {}, 1);
  expect(alone.records).toEqual(undisturbed.records);
  expect(alone.rejected).toEqual(undisturbed.rejected);
});

test("a spent budget ends it with what there is; a model that only talks gives nothing; a wrong key is said at once", async () => {
  const poor = await run(await serve(awake), { tokenBudget: 800 });
  expect(poor.records.length).toBeLessThan(COUNT);
  expect(poor.shortfall).toMatch("budget");
  const talk = await run(await serve(() => ({ type: "say", text: "I am a helpful assistant." })), { maxSamples: 6 });
  expect([talk.records, talk.rejected.length]).toEqual([[], 6]);
  expect(talk.rejected.map(({ sample }) => sample["lastReply"])).toEqual(Array(6).fill("I am a helpful assistant."));
  await expect(run(await serve(() => ({ type: "status", status: 401 })))).rejects.toMatchObject({ code: "unauthorised" });
});

test("known prompts do not come again", async () => {
  const known = join(folder, "known.jsonl");
  const { writeJsonLines } = await import("./write-records.ts");
  await writeJsonLines(known, undisturbed.records);
  const { records, rejected } = await run(await serve(awake), { avoid: [known], count: 2 });
  const texts = new Set(undisturbed.records.map(({ messages }) => messages[0]?.content));
  expect(records.every(({ messages }) => !texts.has(messages[0]?.content))).toBe(true);
  expect(rejected.filter(({ reason }) => reason === "the instruction is there already").length).toBeGreaterThan(0);
});

test("killed and resumed, nothing that was answered is asked again, and the result is the undisturbed one", async () => {
  const ANSWERS_BEFORE_KILL = 25;
  let silent = true;
  const server: ChatServer = await serve((request) =>
    silent && server.answered.length >= ANSWERS_BEFORE_KILL ? { type: "silence" } : awake(request),
  );
  const out = join(folder, "made.jsonl");
  const argv = ["data", "synthesize", "--endpoint", server.baseUrl, "--model", "flawed", "--mix", MIX_TEXT, "--seed", String(SEED)];
  argv.push("--count", String(COUNT), "--max-samples", String(MAX_SAMPLES), "--seeds", files.seeds, "--prompts", files.prompts);
  argv.push("--concurrency", "5", "--timeout", "60", "--out", out, "--json");
  const first = startRaif(argv);
  await until(
    () =>
      first.child.exitCode !== null ||
      (storedReplies(`${out}.sqlite`) === server.answered.length && server.answered.length >= ANSWERS_BEFORE_KILL),
  );
  first.child.kill("SIGKILL");
  expect((await first.ended).status).toBe("SIGKILL");
  silent = false;
  const { status, out: printed } = await startRaif(argv).ended;
  expect(status).toBe(0);
  expect(new Set(server.answered).size).toBe(server.answered.length);
  const made = readFileSync(out, "utf8").trimEnd().split("\n");
  expect(made.map((line) => JSON.parse(line) as InstructionRecord)).toEqual(undisturbed.records);
  const { stages } = JSON.parse(printed) as SynthesisOutcome;
  expect(stages.reduce((sum, { cached }) => sum + cached, 0)).toBeGreaterThanOrEqual(ANSWERS_BEFORE_KILL);
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}

function storedReplies(workspace: string): number {
  try {
    const db = openWorkspaceReadOnly(workspace);
    try {
      return getRow<{ count: number }>(db, "SELECT count(*) AS count FROM model_replies")?.count ?? 0;
    } finally {
      db.close();
    }
  } catch {
    // Not there yet.
    return 0;
  }
}
