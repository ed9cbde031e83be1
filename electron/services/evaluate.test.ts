// Evaluation and export on a tiny random model: what is stored, and that a run, its export and its checkpoints tell the same.

import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadModelFolder } from "../engine/model/hf-folder.ts";
import { loadCheckpoint } from "../storage/checkpoints.ts";
import { listEvaluationItems, listEvaluations } from "../storage/evaluations.ts";
import type { RunId } from "../storage/ids.ts";
import { openWorkspaceReadOnly } from "../storage/open-workspace.ts";
import { evaluateModel, type EvaluateRequest, type EvaluationOutcome } from "./evaluate.ts";
import { exportRun } from "./export-run.ts";
import { openSingleThreadEngine } from "./testing/single-thread-engine.ts";
import { tinyDataset, writeTinyModel } from "./testing/tiny-model.ts";
import { trainRun } from "./train.ts";

const folder = mkdtempSync(join(tmpdir(), "raif-evaluate-"));
const model = join(folder, "model");
const data = join(folder, "data.jsonl");
const workspace = join(folder, "workspace.raif");
let runId: RunId;

beforeAll(async () => {
  await writeTinyModel(model, join(folder, "scratch"));
  writeFileSync(data, tinyDataset());
  const set = Object.entries({ steps: 2, checkpointEverySteps: 1, promptsPerStep: 2, numGenerations: 2, learningRate: 0.01 });
  const short = Object.entries({ maxNewTokens: 6, maxPromptTokens: 400, overlong: "keep", "superiorCot.thinkSamples": 2 });
  ({ runId } = await trainRun({ model, data, workspace, seed: 1, set: [...set, ...short] }, {}, openSingleThreadEngine));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const base: EvaluateRequest = { model, data, method: "cot", seed: 5, temperature: 1, maxNewTokens: 6 };
const texts = ({ items }: EvaluationOutcome): string[] => items.map((item) => item.text);

function inspect<Result>(look: (db: ReturnType<typeof openWorkspaceReadOnly>) => Result): Result {
  const db = openWorkspaceReadOnly(workspace);
  try {
    return look(db);
  } finally {
    db.close();
  }
}

test("a base model's evaluation is stored item by item, with what identifies it", async () => {
  const progress: number[] = [];
  const outcome = await evaluateModel({ ...base, workspace }, { onProgress: (done, total) => progress.push(done, total) });
  expect(outcome.leftOut).toMatchObject([{ recordId: "too-long" }]);
  expect(progress).toEqual([7, 7]);
  expect(outcome).toMatchObject({ runId: null, step: null, datasetRecords: 8, summary: { records: 7, checks: 7 } });
  inspect((db) => {
    const [stored] = listEvaluations(db);
    expect(stored).toMatchObject({ id: outcome.evaluationId, status: "finished", method: "cot", datasetName: data, model });
    expect(stored?.summary).toMatchObject({ records: 7, perCheck: outcome.summary.perCheck });
    const items = listEvaluationItems(db, outcome.evaluationId as NonNullable<typeof outcome.evaluationId>);
    expect(items.map(({ text }) => text)).toEqual(texts(outcome));
    expect(items.map(({ tokenIds }) => Array.from(tokenIds))).toEqual(outcome.items.map((item) => item.tokenIds));
    expect(items.every((item) => item.verdicts.length === 1 && item.logProbs.length === item.tokenIds.length)).toBe(true);
  });
  // neither the workspace nor what else is evaluated changes a text
  const limited = await evaluateModel({ ...base, limit: 3 });
  expect(texts(limited)).toEqual(texts(outcome).slice(0, 3));
  expect(limited.evaluationId).toBeNull();
});

test("a run, its export and the stored checkpoint are one model", async () => {
  const outcome = await evaluateModel({ data, method: "cot", seed: 5, temperature: 1, maxNewTokens: 6, workspace, runId });
  expect(outcome).toMatchObject({ runId, step: 2 });
  const untrained = await evaluateModel(base);
  expect(texts(outcome)).not.toEqual(texts(untrained));
  const to = join(folder, "exported");
  expect(await exportRun({ workspace, runId, to })).toEqual({ runId, step: 2, folder: to });
  expect(texts(await evaluateModel({ ...base, model: to }))).toEqual(texts(outcome));

  const exported = await loadModelFolder(to);
  const checkpoint = inspect((db) => loadCheckpoint(db, runId));
  const parameters = checkpoint?.tensors.filter((tensor) => tensor.role === "parameter") ?? [];
  expect(parameters).toHaveLength(exported.parameters.size);
  for (const { name, data: stored } of parameters) expect(exported.parameters.get(name)?.data).toEqual(stored);
  expect(exported.sha256.tokenizer).toBe((await loadModelFolder(model)).sha256.tokenizer);

  const earlier = join(folder, "exported-1");
  expect(await exportRun({ workspace, runId, to: earlier, step: 1 })).toMatchObject({ step: 1 });
  expect((await loadModelFolder(earlier)).sha256.weights).not.toBe(exported.sha256.weights);
  await expect(exportRun({ workspace, runId, to })).rejects.toMatchObject({ code: "invalid-argument" });
  await expect(exportRun({ workspace, runId, to: join(folder, "x"), step: 9 })).rejects.toThrow("one of 1, 2");
});

test("a base model that changed or moved", async () => {
  const moved = join(folder, "moved");
  cpSync(model, moved, { recursive: true });
  const request = { data, method: "io", seed: 5, maxNewTokens: 3, limit: 2, workspace, runId } as const;
  expect((await evaluateModel({ ...request, model: moved })).runId).toBe(runId);
  const weights = join(moved, "model.safetensors");
  const bytes = readFileSync(weights);
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
  writeFileSync(weights, bytes);
  await expect(evaluateModel({ ...request, model: moved })).rejects.toMatchObject({ code: "invalid-model" });
});

test("bad requests, an abort and bad data", async () => {
  await expect(evaluateModel({ ...base, runId: 1 })).rejects.toMatchObject({ code: "invalid-argument" });
  await expect(evaluateModel({ data, method: "cot", seed: 1 })).rejects.toThrow("nothing to evaluate");
  await expect(evaluateModel({ ...base, step: 2 })).rejects.toThrow("only a run has checkpoints");
  await expect(evaluateModel({ ...base, workspace: join(folder, "none.raif"), runId: 1 })).rejects.toMatchObject({
    code: "file-not-found",
  });
  await expect(evaluateModel({ ...base, workspace, runId: 77 })).rejects.toMatchObject({ code: "not-found" });
  const broken = join(folder, "broken.jsonl");
  writeFileSync(broken, tinyDataset());
  appendFileSync(broken, "\n{");
  await expect(evaluateModel({ ...base, data: broken })).rejects.toThrow("broken.jsonl:9");
  await expect(evaluateModel({ ...base, workspace }, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
});
