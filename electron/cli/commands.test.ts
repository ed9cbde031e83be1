// The commands that need a model, end to end on a tiny random one: what they print, and that their numbers agree with each other.

import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { SafetensorsFile } from "../engine/model/safetensors.ts";
import { OnnxSession } from "../engine/onnx/session.ts";
import { runHealth } from "../services/health.ts";
import { tinyDataset, writeTinyModel } from "../services/testing/tiny-model.ts";
import type { RunId } from "../storage/ids.ts";
import { openWorkspaceReadOnly } from "../storage/open-workspace.ts";
import { jsonLines, raif } from "./testing/recording-shell.ts";

const folder = mkdtempSync(path.join(tmpdir(), "raif-commands-"));
const model = path.join(folder, "model");

beforeAll(() => writeTinyModel(model, path.join(folder, "scratch")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Generated {
  readonly promptIds: number[];
  readonly prefill: string | null;
  readonly tokens: number[];
  readonly text: string;
  readonly logProbs: number[];
  readonly finish: string;
}

async function generated(...argv: readonly string[]): Promise<Generated> {
  const { code, out } = await raif("generate", "--model", model, "--max-new-tokens", "6", "--json", ...argv);
  expect(code).toBe(0);
  const lines = jsonLines(out);
  expect(lines).toHaveLength(1);
  return lines[0] as unknown as Generated;
}

async function readTensor(file: string, name: string): Promise<Float32Array> {
  const opened = await SafetensorsFile.open(file);
  try {
    return (await opened.read(name)).data;
  } finally {
    await opened.close();
  }
}

test("generate depends on the seed alone, and thinks as it is told", async () => {
  const sampled = await generated("--prompt", "Say cat.", "--seed", "3");
  expect(await generated("--prompt", "Say cat.", "--seed", "3")).toEqual(sampled);
  expect((await generated("--prompt", "Say cat.", "--seed", "4")).tokens).not.toEqual(sampled.tokens);
  expect(sampled.logProbs).toHaveLength(sampled.tokens.length);
  expect(sampled.prefill).toBe("<think>\n");
  expect((await generated("--prompt", "Say cat.", "--think", "empty")).prefill).toBe("<think>\n\n</think>\n");
  const off = await generated("--prompt", "Say cat.", "--think", "off");
  expect(off.prefill).toBe("");
  expect(off.promptIds.length).toBeLessThan(sampled.promptIds.length);

  const plain = await raif("generate", "--model", model, "--max-new-tokens", "6", "--prompt", "Say cat.", "--seed", "3");
  expect(plain).toEqual({ code: 0, out: `${sampled.text}\n`, err: expect.stringContaining("computing on cpu: ") });
});

test("generate samples as the model's own files say, puts system text where the template has a place, and says both", async () => {
  const own = path.join(folder, "own");
  cpSync(model, own, { recursive: true });
  writeFileSync(path.join(own, "generation_config.json"), JSON.stringify({ do_sample: false, repetition_penalty: 1.1 }));
  const refusesSystem = "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system role') }}{% endif %}";
  writeFileSync(path.join(own, "chat_template.jinja"), `${refusesSystem}[{{ m.role }}]{{ m.content }}{% endfor %}[assistant]`);
  const ask = ["generate", "--model", own, "--max-new-tokens", "4", "--prompt", "Say cat.", "--json"];
  const { code, out, err } = await raif(...ask);
  expect(code).toBe(0);
  expect(jsonLines(out)).toMatchObject([{ sampling: { temperature: 0, fromModel: ["do_sample"] }, systemInUserTurn: true }]);
  expect(err).toMatch(/temperature 0, top-p 1, top-k 0; do_sample as the model's generation_config.json says/);
  expect(err).toMatch(/not applied of generation_config.json: repetition_penalty 1.1\n/);
  expect(err).toMatch(/no system role: the request to reason stands at the head of the user turn/);
  const [told] = jsonLines((await raif(...ask, "--temperature", "0.5", "--top-p", "0.9", "--top-k", "3", "--think", "off")).out);
  expect(told).toMatchObject({ sampling: { temperature: 0.5, topP: 0.9, topK: 3, fromModel: [] }, systemInUserTurn: false });
});

test("greedy generation, logits and step agree on the log-probabilities", async () => {
  const ids = [5, 80, 17, 33];
  const greedy = await generated("--ids", ids.join(","), "--temperature", "0");
  expect(greedy).toMatchObject({ promptIds: ids, prefill: null });

  const logitsFile = path.join(folder, "logits.safetensors");
  const whole = [...ids, ...greedy.tokens];
  expect((await raif("logits", "--model", model, "--ids", whole.join(","), "--out", logitsFile)).code).toBe(0);
  const logits = await readTensor(logitsFile, "logits");
  const vocabulary = logits.length / whole.length;
  const expected = greedy.tokens.map((token, i) => {
    const row = Array.from(logits.subarray((ids.length - 1 + i) * vocabulary, (ids.length + i) * vocabulary));
    expect(row.indexOf(Math.max(...row))).toBe(token);
    return (row[token] as number) - Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
  });
  greedy.logProbs.forEach((value, i) => expect(value).toBeCloseTo(expected[i] as number, 4));

  const batch = path.join(folder, "batch.json");
  const stepFile = path.join(folder, "step.safetensors");
  writeFileSync(batch, JSON.stringify({ samples: [{ promptIds: ids, responseIds: greedy.tokens, kind: "expert" }] }));
  const { code, out } = await raif("step", "--model", model, "--batch", batch, "--out", stepFile, "--json");
  expect(code).toBe(0);
  const crossEntropy = -expected.reduce((sum, value) => sum + value, 0) / expected.length;
  const [summary] = jsonLines(out);
  for (const name of ["loss", "cloningLoss"]) expect(summary?.[name]).toBeCloseTo(crossEntropy, 4);
  (await readTensor(stepFile, "logprobs.0")).forEach((value, i) => expect(value).toBeCloseTo(expected[i] as number, 4));
});

test("train prints its steps as JSON, runs lists it, resume leaves a finished run alone", async () => {
  const data = path.join(folder, "data.jsonl");
  const workspace = path.join(folder, "workspace.sqlite");
  writeFileSync(data, tinyDataset());
  const small = ["promptsPerStep=2", "numGenerations=2", "maxNewTokens=8"].flatMap((assignment) => ["--set", assignment]);
  const request = ["--model", model, "--data", data, "--workspace", workspace, "--method", "grpo", "--steps", "2", ...small];
  const trained = await raif("train", ...request, "--json");
  expect(trained.err).not.toMatch(/error/);
  expect(trained.code).toBe(0);
  const events = jsonLines(trained.out);
  const phases = events.filter(({ type, step }) => type === "phase" && step === 2).map(({ phase }) => phase);
  expect(phases).toEqual(["rollout", "reward", "update", "save"]);
  expect(events.filter(({ type }) => type !== "phase")).toMatchObject([
    { type: "start", runId: 1, fromStep: 0, totalSteps: 2, skipped: [{ recordId: "too-long" }] },
    { type: "step", step: 1, metrics: expect.objectContaining({ reward: expect.any(Number) as number }) as object },
    { type: "step", step: 2 },
    { type: "end", runId: 1, steps: 2, workspace },
  ]);
  expect(jsonLines((await raif("runs", "--workspace", workspace, "--json")).out)).toMatchObject([
    { id: 1, status: "finished", lastStep: 2 },
  ]);
  expect((await raif("resume", "--workspace", workspace, "--run", "1")).code).toBe(0);
  expect((await raif("resume", "--workspace", workspace)).err).toMatch(/^error not-found: /);
});

test("mistakes on the command line are named", async () => {
  const cases: readonly (readonly [argv: readonly string[], message: RegExp])[] = [
    [["generate", "--model", model], /error invalid-argument: .*--prompt or --ids/],
    [["generate", "--model", model, "--prompt", "a", "--ids", "1"], /cannot be used with option/],
    [["generate", "--model", model, "--ids", "1,x"], /expected token ids like 1,2,3/],
    [["generate", "--model", model, "--ids", "99999"], /error invalid-argument: /],
    [["logits", "--model", path.join(folder, "none"), "--ids", "1", "--out", path.join(folder, "x")], /error file-not-found: /],
    [["train", "--model", model, "--data", "x", "--workspace", "y", "--set", "stepz=1"], /error invalid-config: .*"stepz".*"steps"/],
    [["train", "--model", model, "--data", "x", "--workspace", "y", "--set", "nonsense"], /error invalid-argument: .*key=value/],
    [["train", "--model", model, "--data", "x", "--workspace", "y", "--steps", "-1"], /expected a whole number above 0/],
  ];
  for (const [argv, message] of cases) {
    const { code, out, err } = await raif(...argv);
    expect(err).toMatch(message);
    expect(code).not.toBe(0);
    expect(out).toBe("");
  }
});

test.each(["raif", "sft"])("memory that runs out in a step of %s is told at once, stored, and read as the run's health", async (method) => {
  const [data, workspace] = [path.join(folder, `${method}.jsonl`), path.join(folder, `${method}.raif`)];
  writeFileSync(data, tinyDataset());
  const original = Object.getOwnPropertyDescriptor(OnnxSession.prototype, "run")?.value as OnnxSession["run"];
  let failures = 1;
  const run = vi.spyOn(OnnxSession.prototype, "run").mockImplementation(function (this: OnnxSession, feeds, outputs) {
    // Only graphs of a loss are fed advantages.
    if (!("advantages" in feeds) || failures-- <= 0) return original.call(this, feeds, outputs);
    return Promise.reject(new Error("bfc_arena.cc:359 AllocateRawInternal Failed to allocate memory for requested buffer of size 1"));
  });
  const set = [
    "promptsPerStep=2",
    "numGenerations=2",
    "maxNewTokens=4",
    "maxPromptTokens=400",
    "superiorCot.thinkSamples=2",
    "overlong=keep",
  ];
  const settings = [...set, "beta=0.01"].flatMap((assignment) => ["--set", assignment]);
  const asked = ["--method", method, "--model", model, "--data", data, "--workspace", workspace, "--steps", "1", "--json"];
  const { code, out, err } = await raif("train", ...asked, ...settings);
  run.mockRestore();
  expect(code, err).toBe(0);
  const [told] = jsonLines(out).filter(({ type }) => type === "memory") as { step: number; tokensPerMicroBatch: number }[];
  const tokens = told?.tokensPerMicroBatch;
  expect(told).toMatchObject({ type: "memory", step: 1, tokensPerMicroBatch: expect.any(Number) as number });
  expect(err).toContain(`step 1: memory ran out; it goes on with micro-batches of at most ${tokens} tokens\n`);
  const db = openWorkspaceReadOnly(workspace);
  const finding = runHealth(db, 1 as RunId).find(({ id }) => id === "memory-short");
  db.close();
  expect(finding).toMatchObject({ level: "warning", message: expect.stringContaining(`at most ${tokens} tokens`) as string });
});
