// `raif evaluate` and `raif export` from outside, on a tiny random model.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

test("an adapter leaves, is applied to its base, and is trained on; both exports give the same logits", async () => {
  const set = ["promptsPerStep=1", "maxNewTokens=4", "maxPromptTokens=400", "numGenerations=2", "superiorCot.thinkSamples=2"];
  const settings = [...set, "learningRate=0.01"].flatMap((assignment) => ["--set", assignment]);
  const adapted = path.join(folder, "adapted.raif");
  const train = ["train", "--model", model, "--data", data, "--workspace", adapted, "--json", ...settings];
  const first = await raif(...train, "--steps", "2", "--set", "lora.enabled=true", "--set", "lora.rank=3", "--set", "lora.alpha=5");
  expect(first.code, first.err).toBe(0);
  const [adapter, merged] = [path.join(folder, "adapter"), path.join(folder, "merged")];
  for (const [format, to] of [["adapter", adapter], ["merged", merged]] as const) {
    const { code, err } = await raif("export", "--workspace", adapted, "--run", "1", "--to", to, "--format", format);
    expect(code, err).toBe(0);
  }
  const logits = async (name: string, ...choice: string[]) => {
    const out = path.join(folder, `${name}.safetensors`);
    const { code, err } = await raif("logits", ...choice, "--ids", "5,6,7,8", "--out", out);
    expect(code, err).toBe(0);
    return readFileSync(out);
  };
  const ofMerged = await logits("merged", "--model", merged);
  expect(await logits("adapter", "--model", model, "--adapter", adapter)).toEqual(ofMerged);
  expect(await logits("base", "--model", model)).not.toEqual(ofMerged);
  const generate = ["generate", "--ids", "5,6,7", "--max-new-tokens", "8", "--json"];
  const [ofAdapter, ofFolder] = [
    await raif(...generate, "--model", model, "--adapter", adapter),
    await raif(...generate, "--model", merged),
  ];
  expect(jsonLines(ofAdapter.out)).toEqual(jsonLines(ofFolder.out));
  const further = await raif(...train, "--steps", "1", "--adapter", adapter);
  expect(further.code, further.err).toBe(0);
  expect(jsonLines(further.out)[0]).toMatchObject({ config: { lora: { enabled: true, rank: 3, alpha: 5, targets: "all-linear" } } });
  const untouched = path.join(folder, "untouched");
  const again = await raif(...train, "--steps", "1", "--adapter", adapter, "--set", "lora.rank=8");
  expect(again.err).toContain("contradicts the adapter; where: lora.rank; expected: 3; got: 8");
  expect((await raif("export", "--workspace", workspace, "--run", "1", "--to", untouched, "--format", "adapter")).err).toContain(
    "not an adapter",
  );
  expect((await raif(...evaluate, "--workspace", adapted, "--run", "1", "--adapter", adapter, "--method", "io")).err).toContain("its own");
}); // prettier-ignore

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
