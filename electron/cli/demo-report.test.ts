// The demonstration end to end on a tiny random model and a handful of records, and the text it ends with.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { InstructionRecord } from "../../shared/domain/instruction.ts";
import type { EvaluatedItem } from "../engine/benchmarks/evaluation.ts";
import { compositionOf } from "../engine/benchmarks/evaluation-summary.ts";
import { judgeTurns, type Judgement } from "../engine/benchmarks/methods.ts";
import { chooseExamples, runDemo, type DemoReport } from "../services/demo.ts";
import { openSingleThreadEngine } from "../services/testing/single-thread-engine.ts";
import { tinyDataset, writeTinyModel } from "../services/testing/tiny-model.ts";
import { listEvaluations } from "../storage/evaluations.ts";
import { openWorkspaceReadOnly } from "../storage/open-workspace.ts";
import { listRuns } from "../storage/runs.ts";
import { formatDemoReport } from "./demo-report.ts";

const folder = mkdtempSync(join(tmpdir(), "raif-demo-"));
const model = join(folder, "model");
const data = join(folder, "data.jsonl");
const workspace = join(folder, "new", "demo.raif");
const settings = {
  trainData: data,
  heldout: data,
  heldoutOod: data,
  limits: { heldout: 5, heldoutOod: 3 },
  maxNewTokens: 4,
  training: { steps: 2, promptsPerStep: 2, maxNewTokens: 6, maxPromptTokens: 400, "superiorCot.thinkSamples": 2, learningRate: 0.01 },
};
let report: DemoReport;
const seen: string[] = [];

beforeAll(async () => {
  await writeTinyModel(model, join(folder, "scratch"));
  writeFileSync(data, tinyDataset());
  const onProgress = ({ label, done, total }: { label: string; done: number; total: number }) => seen.push(`${label} ${done}/${total}`);
  report = await runDemo({ workspace, seed: 1, quick: true, model, settings }, { onProgress }, openSingleThreadEngine);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("evaluates, trains and evaluates again, all of it stored in one workspace", () => {
  expect(report.phases.map((phase) => phase.name)).toEqual(["evaluate base", "train", "evaluate trained"]);
  expect(seen).toEqual(expect.arrayContaining([`base io, ${data} 5/5`, "train 0/2", "train 2/2", `trained no-think, ${data} 3/3`]));
  expect(report.rows.map(({ model: name, method }) => `${name} ${method}`)).toEqual([
    "base io",
    "base cot",
    "base no-think",
    "trained cot",
    "trained no-think",
  ]);
  const db = openWorkspaceReadOnly(workspace);
  try {
    expect(listRuns(db)).toMatchObject([{ id: report.runId, status: "finished", lastStep: 2, method: "raif" }]);
    const stored = listEvaluations(db);
    expect(stored).toHaveLength(10);
    expect(stored.every(({ status }) => status === "finished")).toBe(true);
    expect(stored.filter(({ runId, step }) => runId === report.runId && step === 2)).toHaveLength(4);
  } finally {
    db.close();
  }
});

test("the text says what was measured, on how much, and where it lies", () => {
  const text = formatDemoReport(report);
  expect(text).toContain("only 5 of 8 records, a fixed subset");
  for (const row of ["base I/O", "base CoT", "base no-think", "RAIF CoT", "RAIF no-think", "RAIF CoT - base CoT"]) {
    expect(text.split("\n").filter((line) => line.startsWith(`${row}  `))).toHaveLength(2);
  }
  expect(text).toContain(`${workspace} (run ${report.runId})`);
});

test("examples are the first flips of the most composed kinds, in words", async () => {
  const rule = (word: string) => ({ type: "rule", id: "keywords:existence", kwargs: { keywords: [word] } }) as const;
  const record = (id: string, kind: "rule" | "and"): InstructionRecord => ({
    id,
    messages: [{ role: "user", content: `Write ${id}.` }],
    label: { type: "tree", tree: kind === "rule" ? rule(id) : { type: "and", children: [rule(id), rule("sun")] } },
    tags: {},
  });
  const records = [record("a", "rule"), record("b", "rule"), record("c", "and"), record("d", "and"), record("e", "and")];
  const items = async (answers: readonly string[]): Promise<EvaluatedItem[]> => {
    const judgements = await judgeTurns(
      "io",
      records.map((each, position) => ({ record: each, turn: answers[position] as string })),
    );
    return records.map((each, position) => ({
      position,
      recordId: each.id,
      composition: compositionOf(each),
      seed: 0,
      promptIds: [],
      tokenIds: [],
      logProbs: new Float32Array(),
      finish: "stop",
      text: answers[position] as string,
      judgement: judgements[position] as Judgement,
    }));
  };
  const before = await items(["x", "x", "c sun", "d", "x"]);
  const after = await items(["x", "b", "x", "d sun", "e sun"]);
  const examples = chooseExamples(records, before, after);
  expect(examples.map((example) => example.record.id)).toEqual(["d", "b"]);
  const text = formatDemoReport({ ...report, examples });
  expect(text).toContain("--- d (and)\n    Write d.\nbefore:\n    d\n  [ok]   ");
  expect(text).toMatch(/before:\n {4}d\n.*\n {2}\[fail\] .*sun.*\nafter:\n {4}d sun\n/);
  expect(chooseExamples(records, before, before)).toEqual([]);
});
