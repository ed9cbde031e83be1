// One rollout in full, on a run that a real engine trained.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TraceDetail, TreeNode } from "../../shared/domain/trace-detail.ts";
import type { ReadConnection } from "../storage/connection.ts";
import type { RunId } from "../storage/ids.ts";
import { openWorkspaceReadOnly } from "../storage/open-workspace.ts";
import { listRollouts } from "../storage/rollouts.ts";
import { evaluateTree } from "../engine/constraints/composition.ts";
import type { CompositionNode } from "../../shared/domain/instruction.ts";
import { openSingleThreadEngine } from "./testing/single-thread-engine.ts";
import { tinyDataset, writeTinyModel } from "./testing/tiny-model.ts";
import { trainRun } from "./train.ts";
import { formatExplanation } from "./trace-arithmetic.ts";
import { traceDetail } from "./trace-detail.ts";
import { isIndexed } from "./trace-index.ts";
import { traceTokens } from "./trace-tokens.ts";
import { judgedTree } from "./trace-tree.ts";
import { superiorCotGroups, replayDecision } from "./superior-cot-replay.ts";

const folder = mkdtempSync(join(tmpdir(), "raif-detail-"));
const opened: ReadConnection[] = [];
afterAll(() => {
  for (const db of opened) db.close();
  rmSync(folder, { recursive: true });
});

async function trained(
  name: string,
  set: Readonly<Record<string, unknown>>,
): Promise<{ readonly db: ReadConnection; readonly runId: RunId }> {
  const workspace = join(folder, `${name}.sqlite`);
  const settings = {
    steps: 3,
    promptsPerStep: 3,
    maxNewTokens: 12,
    maxPromptTokens: 400,
    checkpointEverySteps: 2,
    learningRate: 0.01,
    overlong: "penalise",
    overlongBufferTokens: 10,
    "superiorCot.thinkSamples": 3,
    "superiorCot.emptySamples": 1,
    ...set,
  };
  const { runId } = await trainRun(
    { model: join(folder, "model"), data: join(folder, "data.jsonl"), workspace, seed: 3, set: Object.entries(settings) },
    {},
    openSingleThreadEngine,
  );
  const db = openWorkspaceReadOnly(workspace);
  opened.push(db);
  return { db, runId };
}

function detailsOf({ db, runId }: { readonly db: ReadConnection; readonly runId: RunId }): TraceDetail[] {
  return listRollouts(db, runId).map(({ id }) => traceDetail(db, id));
}

let run: { readonly db: ReadConnection; readonly runId: RunId };
beforeAll(async () => {
  await writeTinyModel(join(folder, "model"), join(folder, "scratch"));
  writeFileSync(join(folder, "data.jsonl"), tinyDataset());
  run = await trained("group", {});
}, 60_000);

test("the trainer makes the rows of the table with each step", () => {
  expect(isIndexed(run.db, run.runId)).toBe(true);
  expect(detailsOf(run)).toHaveLength(3 * 3 * 4);
});

test.each(["group", "batch", "none"])(
  "the arithmetic leads to the advantage the trainer stored, scaled by %s",
  async (advantageScaling) => {
    const details = detailsOf(advantageScaling === "group" ? run : await trained(advantageScaling, { advantageScaling }));
    expect(details.some(({ arithmetic }) => arithmetic.overlongPenalty > 0 && arithmetic.storedAdvantage !== 0)).toBe(true);
    for (const { arithmetic, row } of details) {
      expect(arithmetic.total).toBe(arithmetic.format + arithmetic.accuracy);
      expect(arithmetic.shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(arithmetic.accuracy, 9);
      expect(arithmetic.shaped).toBe(arithmetic.total - arithmetic.overlongPenalty);
      expect(arithmetic.storedAdvantage === null).toBe(row.mode === "empty");
      if (arithmetic.storedAdvantage !== null) expect(arithmetic.recomputedAdvantage).toBeCloseTo(arithmetic.storedAdvantage, 5);
      else expect(arithmetic).toMatchObject({ recomputedAdvantage: null, groupMean: null });
      expect(arithmetic.explanation).not.toBe("");
    }
  },
);

test("weights are proven where they are the base model's or a checkpoint of theirs is stored", () => {
  const origins = new Map(detailsOf(run).map(({ row, origin }) => [row.step, origin]));
  expect(origins.get(1)).toMatchObject({ weightsAfterStep: 0, canRegenerate: true, weights: { proven: true } });
  expect(origins.get(1)?.weights.hash).toBe(origins.get(1)?.baseModelHash);
  expect(origins.get(2)).toMatchObject({ weightsAfterStep: 1, canRegenerate: false, weights: { proven: false, hash: null } });
  expect(origins.get(3)).toMatchObject({ weightsAfterStep: 2, canRegenerate: true, weights: { proven: true } });
  expect(origins.get(3)?.weights.hash).not.toBe(origins.get(1)?.weights.hash);
  expect(origins.get(3)?.sampler).toEqual({ temperature: 1, topP: 1, topK: 0, maxNewTokens: 12 });
});

test("instruction, siblings, filter decision and format are told", () => {
  for (const detail of detailsOf(run)) {
    expect(detail.instruction).toMatch(/^Say \w+\.$/);
    expect(detail.prompt).toContain(detail.instruction);
    expect(detail.siblings.map(({ sampleIndex, mode }) => [sampleIndex, mode])).toEqual([
      [0, "think"],
      [1, "think"],
      [2, "think"],
      [3, "empty"],
    ]);
    expect(detail.superiorCot).toMatchObject({ reason: "reasoning-pays", kept: true });
    expect(detail.text.slice(detail.answerOffset)).toContain(detail.answer ?? "");
    expect(detail.tree).toMatchObject({ type: "rule", path: "rule", state: detail.verdicts[0]?.state, text: detail.verdicts[0]?.expected });
  }
});

test("a replay of the real run decides as the run did", () => {
  const { rows, total } = superiorCotGroups(run.db, run.runId, { threshold: 0, show: "all", offset: 0, limit: 100 });
  expect(total).toBe(9);
  for (const group of rows) expect(replayDecision(group, 0, false)).toBe(group.kept);
});

test("tokens come with their texts, places and numbers", async () => {
  let placed = 0;
  for (const { row, text } of detailsOf(run)) {
    const tokens = await traceTokens(run.db, row.rolloutId as never);
    expect(tokens.piecesMissing).toBeNull();
    for (const values of [tokens.pieces, tokens.logProbs]) expect(values).toHaveLength(row.length);
    // A random model also says bytes that are no character; then the places may not be known.
    if (tokens.ranges === null) expect(text).toContain("\uFFFD");
    if (tokens.ranges === null) continue;
    placed++;
    expect(tokens.ranges).toHaveLength(row.length);
    expect(tokens.ranges.at(-1)?.[1]).toBe(text.length);
    let at = tokens.ranges[0]?.[0] ?? 0;
    for (const [index, [start, end]] of tokens.ranges.entries()) {
      expect(start).toBe(at);
      at = end;
      // Bytes of no character stand before the next piece.
      const piece = tokens.pieces?.[index] ?? "";
      if (end > start && !piece.includes("\uFFFD")) expect(text.slice(start, end).replace(/^\uFFFD+/, "")).toBe(piece);
    }
    if (row.mode === "think") for (const value of tokens.kl ?? [-1]) expect(value).toBeGreaterThanOrEqual(0);
  }
  expect(placed).toBeGreaterThan(10);
});

test("without the run's tokenizer there are numbers but no texts, and it is said why", async () => {
  const [first] = detailsOf(run);
  writeFileSync(join(folder, "model", "tokenizer_config.json"), "{}");
  const tokens = await traceTokens(run.db, first?.row.rolloutId as never);
  expect(tokens).toMatchObject({ pieces: null, ranges: null });
  expect(tokens.piecesMissing).toContain("no longer the one of the run");
  expect(tokens.logProbs).toHaveLength(first?.row.length ?? -1);
});

const noComma = { type: "rule" as const, id: "punctuation:no_comma", kwargs: {} };
const upper = { type: "rule" as const, id: "raif:uppercase", kwargs: {} };
const tree: CompositionNode = {
  type: "and",
  children: [
    { type: "chain", steps: [noComma, upper, noComma] },
    { type: "selection", branches: [{ when: noComma, then: upper }], otherwise: { type: "and", children: [upper, noComma] } },
  ],
};

const judged = (answer: string, input: string): TreeNode => judgedTree(tree, evaluateTree(tree, answer, input), input);

test("every node of a tree says what became of it", () => {
  expect(judged("FINE", "no comma")).toMatchObject({
    state: "pass",
    children: [
      { type: "chain", path: "and.0", state: "pass" },
      {
        type: "selection",
        path: "and.1",
        state: "pass",
        branches: [{ holds: true, taken: true }],
        otherwise: { taken: false, then: { state: "inactive" } },
      },
    ],
  });
  expect(judged("a, b", "one, two")).toMatchObject({
    state: "fail",
    children: [
      { state: "fail", steps: [{ state: "fail" }, { state: "blocked" }, { state: "blocked" }] },
      {
        state: "fail",
        branches: [{ holds: false, taken: false, then: { state: "inactive" } }],
        otherwise: { taken: true, then: { state: "fail" } },
      },
    ],
  });
  expect(judgedTree(tree, [], undefined)).toMatchObject({
    state: "unknown",
    children: [{ state: "unknown" }, { branches: [{ holds: null }] }],
  });
  expect(judgedTree({ ...noComma, id: "gone:some_rule" }, [], undefined)).toMatchObject({ text: "gone: some rule", state: "unknown" });
});

test("a broken format is explained by what is broken", () => {
  const whole = "<think>a</think><answer>b</answer>";
  expect(formatExplanation(whole, 1)).toBe("Every tag stands once and in order.");
  expect(formatExplanation(whole, -1)).toContain("the gate is closed");
  expect(formatExplanation("<think>a</think><answer>b", -1)).toBe("Missing: </answer>.");
  expect(formatExplanation(`<think>${whole}`, -1)).toBe("More than once: <think>.");
  expect(formatExplanation("<answer>b</answer><think>a</think>", -1)).toBe("The tags are out of order.");
  expect(formatExplanation(`${whole} more`, -1, "strict")).toContain("outside of them");
});
