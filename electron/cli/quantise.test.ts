// `raif quantise`, and training an adapter over a base in blocks, on a tiny random model.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tinyDataset, writeTinyModel } from "../services/testing/tiny-model.ts";
import { jsonLines, raif } from "./testing/recording-shell.ts";

const folder = mkdtempSync(path.join(tmpdir(), "raif-quantise-"));
const at = (name: string): string => path.join(folder, name);
const [model, quantised, data] = [at("model"), at("quantised"), at("data.jsonl")];

beforeAll(async () => {
  await writeTinyModel(model, at("scratch"));
  writeFileSync(data, tinyDataset());
  const { code, err } = await raif("quantise", "--model", model, "--bits", "4", "--block", "16", "--to", quantised);
  expect(code, err).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("every layer's error is said, and what blocks do not divide is named and left", async () => {
  const { out } = await raif("quantise", "--model", model, "--bits", "8", "--block", "16", "--to", at("eight"), "--json");
  const [outcome] = jsonLines(out) as unknown as [{ layers: { name: string; relative: number }[]; leftOut: string[]; bytes: number; sourceBytes: number }];
  expect(outcome.layers).toHaveLength(12);
  expect(outcome.leftOut).toEqual([0, 1].map((layer) => `model.layers.${layer}.mlp.down_proj.weight`));
  for (const { name, relative } of outcome.layers) {
    expect(relative, name).toBeGreaterThan(0.001);
    expect(relative, name).toBeLessThan(0.01);
  }
  expect(outcome.bytes).toBeLessThan(outcome.sourceBytes);
  const config = JSON.parse(readFileSync(path.join(quantised, "config.json"), "utf8")) as Record<string, unknown>;
  expect(config).toMatchObject({
    quantization_config: { quant_method: "raif-blocks", bits: 4, block_size: 16 },
    hidden_size: 16,
  });
}); // prettier-ignore

test("bad wishes leave no folder", async () => {
  const wish = (...options: string[]) => raif("quantise", "--to", at("none"), ...options);
  expect((await wish("--model", model, "--block", "24")).err).toContain("expected: 16, 32, 64, 128 or 256; got: 24");
  expect((await wish("--model", quantised)).err).toContain("quantised already");
  expect((await wish("--model", model, "--bits", "5")).code).toBe(2);
  expect((await raif("quantise", "--model", model, "--to", quantised)).err).toContain("exists already");
  expect(existsSync(at("none"))).toBe(false);
});

const SETTINGS = ["promptsPerStep=1", "maxNewTokens=4", "maxPromptTokens=400", "numGenerations=2", "superiorCot.thinkSamples=2",
  "learningRate=0.01", "lora.rank=3"].flatMap((assignment) => ["--set", assignment]); // prettier-ignore

test("an adapter trains over stored blocks; the export, the adapter and the run generate the same", async () => {
  const workspace = at("quantised.raif");
  const train = ["train", "--data", data, "--workspace", workspace, "--json", ...SETTINGS];
  expect((await raif(...train, "--model", quantised, "--steps", "1")).err).toContain("only be trained through an adapter");
  const trained = await raif(...train, "--model", quantised, "--steps", "2", "--set", "lora.enabled=true");
  expect(trained.code, trained.err).toBe(0);
  const run = String(jsonLines(trained.out)[0]?.["runId"]);
  for (const [format, to] of [["adapter", at("adapter")], ["merged", at("merged")]] as const) {
    const { code, err } = await raif("export", "--workspace", workspace, "--run", run, "--to", to, "--format", format);
    expect(code, err).toBe(0);
  }
  const generate = ["generate", "--ids", "5,6,7", "--max-new-tokens", "8", "--temperature", "0", "--json"];
  const beside = await raif(...generate, "--model", quantised, "--adapter", at("adapter"));
  const merged = await raif(...generate, "--model", at("merged"));
  expect(beside.code, beside.err).toBe(0);
  expect(jsonLines(beside.out)[0]?.["tokens"]).toEqual(jsonLines(merged.out)[0]?.["tokens"]);
  const [got, expected] = [beside, merged].map(({ out }) => jsonLines(out)[0]?.["logProbs"] as number[]);
  got?.forEach((value, i) => expect(value).toBeCloseTo(expected?.[i] as number, 4));
}); // prettier-ignore

test("lora.baseBits quantises while loading, for training and for what the run exports", async () => {
  const workspace = at("on-the-fly.raif");
  const train = ["train", "--model", model, "--data", data, "--workspace", workspace, "--steps", "1", "--json", ...SETTINGS];
  expect((await raif(...train, "--set", "lora.baseBits=4")).err).toContain("lora.baseBits");
  expect((await raif(...train, "--set", "lora.baseBits=5")).err).toContain("4, 8, 16 or 32");
  const trained = await raif(...train, "--set", "lora.enabled=true", "--set", "lora.baseBits=8");
  expect(trained.code, trained.err).toBe(0);
  const { code, err } = await raif("export", "--workspace", workspace, "--run", "1", "--to", at("from-bits"));
  expect(code, err).toBe(0);
});
