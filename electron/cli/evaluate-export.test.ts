// `raif evaluate` and `raif export` from outside, on a tiny random model.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tinyDataset, writeTinyModel } from "../services/testing/tiny-model.ts";
import { jsonLines, raif } from "./testing/recording-shell.ts";

const folder = mkdtempSync(path.join(tmpdir(), "raif-evaluate-cli-"));
const model = path.join(folder, "model");
const data = path.join(folder, "data.jsonl");
const workspace = path.join(folder, "workspace.raif");
const exported = path.join(folder, "exported");
const evaluate = ["evaluate", "--data", data, "--max-new-tokens", "4"] as const;

beforeAll(async () => {
  await writeTinyModel(model, path.join(folder, "scratch"));
  writeFileSync(data, tinyDataset());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("train, evaluate the run, export it, evaluate the export: the same numbers", async () => {
  const set = ["promptsPerStep=1", "maxNewTokens=4", "maxPromptTokens=400", "numGenerations=2", "superiorCot.thinkSamples=2"];
  const settings = set.flatMap((assignment) => ["--set", assignment]);
  const trained = await raif("train", "--model", model, "--data", data, "--workspace", workspace, "--steps", "1", "--json", ...settings);
  expect(trained.code, trained.err).toBe(0);
  const ofRun = await raif(...evaluate, "--workspace", workspace, "--run", "1", "--method", "cot", "--json");
  expect(ofRun.code, ofRun.err).toBe(0);
  const [result] = jsonLines(ofRun.out);
  expect(result).toMatchObject({ evaluationId: 1, runId: 1, step: 1, method: "cot", records: 7, datasetRecords: 8 });
  const to = await raif("export", "--workspace", workspace, "--run", "1", "--to", exported, "--json");
  expect(jsonLines(to.out)).toEqual([{ runId: 1, step: 1, folder: exported }]);
  const ofExport = await raif(...evaluate, "--model", exported, "--method", "cot", "--json");
  expect(jsonLines(ofExport.out)).toMatchObject([{ evaluationId: null, runId: null, summary: result?.["summary"] }]);
});

test("a table for people; usage and expected errors", async () => {
  const { code, out } = await raif(...evaluate, "--model", model, "--method", "io", "--limit", "2");
  expect(code).toBe(0);
  expect(out).toMatch(/^ +records +per instruction +checks +per check\nall +2 +0\.0 \[0\.0, 0\.0\] +2 +0\.0 \[0\.0, 0\.0\]\nsingle +2 /);
  expect((await raif(...evaluate, "--model", model)).err).toContain("--method");
  expect((await raif(...evaluate, "--model", model, "--method", "magic")).code).toBe(2);
  expect((await raif(...evaluate, "--method", "io")).err).toContain("nothing to evaluate");
  expect((await raif("export", "--workspace", workspace, "--run", "9", "--to", path.join(folder, "no"))).err).toContain(
    "there is no run 9",
  );
  expect((await raif("export", "--workspace", workspace, "--run", "1", "--to", model)).err).toContain("exists already");
});
