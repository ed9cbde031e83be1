// Synthesis from the shipped prompts and seeds by a model that does well: nearly everything is kept, every demonstration passes, Chains and
// Selections are what they say, and what it cost is what the server counted.

import { afterEach, expect, test } from "vitest";
import type { CompositionNode } from "../../../shared/domain/instruction.ts";
import { synthesisRequestSchema, type SynthesisOutcome } from "../../../shared/domain/synthesis.ts";
import { scoreWithoutJudge } from "../../engine/rewards/score-without-judge.ts";
import { openWorkspace } from "../../storage/open-workspace.ts";
import { openChatServer, type ChatServer } from "../endpoint/testing/chat-server.ts";
import { synthesize } from "./synthesize.ts";
import { capableModel } from "./testing/capable-model.ts";

const COUNT = 40;
let server: ChatServer | undefined;
afterEach(async () => {
  await server?.close();
});

async function run(changes: object = {}): Promise<SynthesisOutcome> {
  server = await openChatServer(capableModel());
  const db = openWorkspace(":memory:");
  try {
    const source = { type: "endpoint", baseUrl: server.baseUrl, model: "capable", concurrency: 6 };
    return await synthesize(db, synthesisRequestSchema.parse({ count: COUNT, seed: 3, source, ...changes }));
  } finally {
    db.close();
  }
}

function nodes(tree: CompositionNode): CompositionNode[] {
  const below =
    tree.type === "and"
      ? tree.children
      : tree.type === "chain"
        ? tree.steps
        : tree.type === "selection"
          ? [...tree.branches.map(({ then }) => then), ...(tree.otherwise === undefined ? [] : [tree.otherwise])]
          : [];
  return [tree, ...below.flatMap(nodes)];
}

test("a capable model's samples are kept, in the mix that was asked for, and cost what the server counted", async () => {
  const { records, rejected, stages, shortfall } = await run();
  const reasons = rejected.map(({ stage, reason }) => `${stage}: ${reason}`);
  console.log(`${records.length} of ${records.length + rejected.length} samples kept${reasons.map((reason) => `\n  ${reason}`).join("")}`);
  expect([records.length, shortfall]).toEqual([COUNT, null]);
  expect(records.length / (records.length + rejected.length)).toBeGreaterThan(0.85);
  const trees = records.map(({ label }) => (label.type === "tree" ? label.tree : undefined)).filter((tree) => tree !== undefined);
  for (const record of records) {
    const { passed, checks } = scoreWithoutJudge(record.expert?.answer ?? "", record);
    expect([record.id, passed]).toEqual([record.id, checks]);
  }
  const all = trees.flatMap(nodes);
  const [chains, selections] = [all.filter(({ type }) => type === "chain"), all.filter(({ type }) => type === "selection")];
  expect(chains.length).toBeGreaterThan(0);
  expect(selections.length).toBeGreaterThan(0);
  // Which branch is taken differs from record to record.
  const taken = records.filter(
    ({ label }) => label.type === "tree" && label.tree.type !== "rule" && nodes(label.tree).some(({ type }) => type === "selection"),
  );
  expect(new Set(taken.map(({ tags }) => tags["checks"])).size).toBeGreaterThan(1);
  const words = server!.answered.length;
  expect(stages.reduce((sum, { requests, cached }) => sum + requests - cached, 0)).toBe(words);
  expect(stages.reduce((sum, { promptTokens }) => sum + promptTokens, 0)).toBe(10 * words);
});

test("questions about content are added and merged", async () => {
  const { records } = await run({ count: 4, questions: 2 });
  expect(records).toHaveLength(4);
  for (const { label, messages } of records) {
    const questions = label.type === "tree" ? nodes(label.tree).filter(({ type }) => type === "question") : [];
    expect(questions).toHaveLength(2);
    expect(messages[0]?.content).toContain("Keep a warm tone throughout.");
  }
});
