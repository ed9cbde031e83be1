import { afterAll, beforeAll, expect, test } from "vitest";
import type { PaneSource } from "../../shared/domain/comparison.ts";
import type { GeneratedResponse } from "../../shared/domain/generation.ts";
import type { Verdict } from "../../shared/domain/verdict.ts";
import { getComparisonNote, setComparisonNote } from "../storage/annotations.ts";
import type { WriteConnection } from "../storage/connection.ts";
import { addDataset } from "../storage/datasets.ts";
import { addEvaluationItems, createEvaluation, endEvaluation, type EvaluationItem } from "../storage/evaluations.ts";
import type { RunId } from "../storage/ids.ts";
import { createJob, updateJob } from "../storage/jobs.ts";
import { openWorkspace } from "../storage/open-workspace.ts";
import { createRun } from "../storage/runs.ts";
import { recordStep } from "../storage/steps.ts";
import { SAMPLE_RUN, sampleStep } from "../storage/testing/sample-run.ts";
import { compare, comparedPrompts, constraintGrid, paneChoices, passesFilter } from "./compare.ts";
import { indexMissingSteps } from "./trace-index.ts";

let db: WriteConnection;
let runId: RunId;
const at = () => ({ db, jobsDb: db });

const verdict = (path: string, state: Verdict["state"], got: string = state): Verdict => ({
  path,
  ruleId: "punctuation:no_comma",
  kwargs: {},
  state,
  passed: state === "pass",
  expected: "no commas",
  got,
  spans: [],
});

const item = (position: number, recordId: string, states: readonly Verdict["state"][], think = "check the words now"): EvaluationItem => ({
  position,
  recordId,
  text: `<think>${think}</think><answer>an answer</answer>`,
  think,
  answer: "an answer",
  finish: "stop",
  seed: 7,
  promptIds: [1],
  tokenIds: [2, 3],
  logProbs: Float32Array.of(-1, -2),
  correct: states.every((state) => state === "pass"),
  checksPassed: states.filter((state) => state === "pass").length,
  checksActive: states.length,
  gate: "ok",
  verdicts: states.map((state, index) => verdict(`and.${index}`, state)),
});

function evaluation(method: string, items: readonly EvaluationItem[]): PaneSource {
  const id = createEvaluation(db, {
    model: "nano",
    modelHash: `hash-${method}`,
    chatTemplateHash: "template",
    samplerHash: "sampler",
    datasetName: "heldout",
    dataHash: "data",
    method,
    config: {},
  });
  addEvaluationItems(db, id, items);
  endEvaluation(db, id, "finished", {});
  return { type: "evaluation", evaluationId: id };
}

let cot: PaneSource;
let noThink: PaneSource;

beforeAll(() => {
  db = openWorkspace(":memory:");
  const tree = { type: "and" as const, children: [0, 1].map(() => ({ type: "rule" as const, id: "punctuation:no_comma", kwargs: {} })) };
  const record = (id: string) => ({
    id,
    messages: [{ role: "user" as const, content: `Answer ${id}.` }],
    label: { type: "tree" as const, tree },
    tags: {},
  });
  const dataset = addDataset(db, { name: "words", source: "words", records: ["record-0", "record-1", "record-2"].map(record) });
  runId = createRun(db, { ...SAMPLE_RUN, datasetId: dataset.id }).id;
  for (const step of [1, 2]) recordStep(db, sampleStep(runId, step));
  indexMissingSteps(db, runId, 10);
  // Out of the order of the data, to see that prompts come in it.
  cot = evaluation("cot", [item(0, "record-2", ["pass", "fail"]), item(1, "record-0", ["pass", "pass"]), item(2, "only-here", ["pass"])]);
  noThink = evaluation("no-think", [item(0, "record-2", ["pass", "pass"], ""), item(1, "record-0", ["fail", "pass"], "")]);
});
afterAll(() => db.close());

test("everything that has answers can be chosen", () => {
  expect(paneChoices(db).map(({ label, prompts }) => [label, prompts])).toEqual([
    ["nano, heldout by no-think", 2],
    ["nano, heldout by cot", 3],
    ["sample, step 2, with reasoning", 3],
    ["sample, step 2, reasoning forced empty", 3],
    ["sample, step 1, with reasoning", 3],
    ["sample, step 1, reasoning forced empty", 3],
  ]);
});

test("prompts that two panes answered, in the order of the data, by what differs", () => {
  const ids = (filter: "all" | "different" | "up" | "down") => comparedPrompts(at(), [cot, noThink], filter);
  expect(ids("all")).toEqual({ recordIds: ["record-0", "record-2"], total: 2 });
  expect(ids("different").recordIds).toEqual(["record-0", "record-2"]);
  expect(ids("up")).toEqual({ recordIds: ["record-2"], total: 2 });
  expect(ids("down").recordIds).toEqual(["record-0"]);
  const steps: PaneSource[] = [1, 2].map((step) => ({ type: "run", runId, step, mode: "think" }));
  expect(comparedPrompts(at(), steps, "all").recordIds).toEqual(["record-0", "record-1", "record-2"]);
  expect(comparedPrompts(at(), steps, "different").recordIds).toEqual([]);
});

test("checks that do not count in one pane do not flip", () => {
  expect(passesFilter(["pi", "pf"], "up")).toBe(false);
  expect(passesFilter(["pb", "pp"], "up")).toBe(true);
  expect(passesFilter(["pp", undefined, "pb"], "down")).toBe(true);
  expect(passesFilter([undefined, "pp", "pf"], "up")).toBe(false);
  expect(passesFilter([undefined, "pp", "pf"], "different")).toBe(true);
});

test("one grid under all panes, flips against the first", () => {
  const grid = constraintGrid([
    [verdict("a", "fail"), verdict("b", "pass")],
    undefined,
    [verdict("a", "pass"), verdict("b", "blocked"), verdict("c", "pass")],
  ]);
  expect(grid.map(({ path, cells }) => [path, ...cells.map(({ state, flip }) => `${state} ${flip}`)])).toEqual([
    ["a", "fail null", "null null", "pass up"],
    ["b", "pass null", "null null", "blocked down"],
    ["c", "null null", "null null", "pass null"],
  ]);
});

test("panes of every kind show what was said and what proves who said it", () => {
  const panes: PaneSource[] = [
    cot,
    noThink,
    { type: "run", runId, step: 1, mode: "think" },
    { type: "run", runId, step: 2, mode: "think" },
  ];
  const { panes: shown, grid, messages, composition, flipsDown, flipsUp } = compare(at(), panes, "record-0");
  expect(messages).toEqual([{ role: "user", content: "Answer record-0." }]);
  expect(composition).toBe("and");
  expect(shown.map(({ response }) => response?.mode)).toEqual(["think", "empty", "think", "think"]);
  expect(shown.map(({ proof }) => [proof.proven, proof.modelHash])).toEqual([
    [true, "hash-cot"],
    [true, "hash-no-think"],
    [true, "model"],
    [false, null],
  ]);
  expect(shown[3]?.proof.reason).toContain("No checkpoint of step 1");
  expect(shown.map(({ response }) => (response?.thinkDiff ?? []).map(({ text }) => text).join(""))).toEqual(
    shown.map(({ response }) => response?.think),
  );
  expect(grid.map(({ path }) => path)).toEqual(["and.0", "and.1", "and.2"]);
  // and.0 falls without reasoning, and.1 fails in both steps of the run.
  expect([flipsUp, flipsDown]).toEqual([0, 3]);
  expect(compare(at(), panes, "only-here").panes.map(({ response }) => response !== null)).toEqual([true, false, false, false]);
  expect(() => compare(at(), [{ type: "rollout", rolloutId: 9999 }, cot], "record-0")).toThrow("there is no rollout 9999");
});

test("what was just generated stands beside what is stored", () => {
  const request = { prompt: { type: "rollout", rolloutId: 1 }, asks: [] };
  const jobId = createJob(db, { kind: "generate", arguments: { kind: "generate", request } });
  const pane: PaneSource = { type: "generated", jobId, index: 0 };
  const panes: PaneSource[] = [{ type: "rollout", rolloutId: 1 }, pane];
  expect(compare(at(), panes, "record-0").panes[1]).toMatchObject({ label: "generated", response: null, proof: { proven: false } });
  const response: GeneratedResponse = {
    index: 0,
    ask: { source: { type: "base", model: "nano" }, mode: "plain", seed: 5 },
    prompt: "p",
    text: "t",
    think: null,
    answer: "t",
    finish: "stop",
    tokenIds: [1, 2, 3],
    tokens: ["a", "b", "c"],
    logProbs: [-1, -1, -1],
    modelHash: "base-hash",
    chatTemplateHash: "template",
    step: null,
    device: { device: "cpu", reason: "asked for" },
    reward: null,
  };
  updateJob(db, jobId, { progress: { result: { type: "responses", responses: [response] } } });
  const { panes: shown } = compare(at(), panes, "record-0");
  expect(shown[1]).toMatchObject({
    label: "nano, plain, generated",
    response: { tokens: 3, reward: null },
    proof: { proven: true, modelHash: "base-hash", seed: 5 },
  });
  expect(comparedPrompts(at(), panes, "all").recordIds).toEqual(["record-0"]);
});

test("a preference is kept for these panes in this order, with what was seen", () => {
  const panes = [cot, noThink];
  expect(compare(at(), panes, "record-0").vote).toBeNull();
  setComparisonNote(db, { recordId: "record-0", panes, seen: ["texts"] }, { winner: 1, comment: "shorter" });
  setComparisonNote(db, { recordId: "record-0", panes, seen: ["texts"] }, { winner: 0, comment: "clearer" });
  expect(compare(at(), panes, "record-0").vote).toEqual({ winner: 0, comment: "clearer" });
  expect(getComparisonNote(db, "record-0", [noThink, cot])).toBeNull();
  expect(getComparisonNote(db, "record-2", panes)).toBeNull();
});
