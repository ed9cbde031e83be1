// `raif step` and `raif logits` end to end on a model folder: what the file holds, the loss identity, and every kind of bad batch.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toHfConfig } from "../engine/model/config.ts";
import { referenceLogits } from "../engine/model/reference-forward.ts";
import { SafetensorsFile, writeSafetensors } from "../engine/model/safetensors.ts";
import { referenceLoss } from "../engine/grpo/testing/reference-loss.ts";
import { randomParameters, tinyConfig } from "../engine/testing/random-model.ts";
import { writeLogits } from "./logits.ts";
import { writeStep } from "./step.ts";

const config = tinyConfig("qwen2", { tieWordEmbeddings: true });
const parameters = randomParameters(config, 3);
const LOSS = { aggregation: "grpo", epsilonLow: 0.2, epsilonHigh: 0.2, beta: 0.001, klEstimator: "k3", cloningCoefficient: 1, importanceLevel: "token", temperature: 1 } as const; // prettier-ignore
const POLICY = { kind: "policy", promptIds: [1, 2, 3], responseIds: [4, 5], advantage: 1 } as const;
let folder = "";
let batchPath = "";
let out = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "raif-step-"));
  [batchPath, out] = [join(folder, "batch.json"), join(folder, "out.safetensors")];
  await writeFile(join(folder, "config.json"), JSON.stringify(toHfConfig(config, "float32")));
  await writeSafetensors(join(folder, "model.safetensors"), parameters, "F32");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function step(batch: unknown) {
  await writeFile(batchPath, typeof batch === "string" ? batch : JSON.stringify(batch));
  return writeStep({ model: folder, batch: batchPath, out });
}

async function tensors() {
  const file = await SafetensorsFile.open(out);
  const read = new Map<string, { shape: readonly number[]; data: number[] }>();
  for (const name of file.entries.keys()) {
    const { shape, data } = await file.read(name);
    read.set(name, { shape, data: [...data] });
  }
  await file.close();
  return read;
}

describe("writeStep", () => {
  const samples = [
    { promptIds: [1, 2], responseIds: [7, 8, 9], advantage: 1.5, refLogProbs: [-3, -4, -2] },
    { promptIds: [5], responseIds: [6, 1], advantage: -0.5, oldLogProbs: [-3.2, -4.1], refLogProbs: null },
    { kind: "expert", promptIds: [3, 4], responseIds: [2, 2, 30] },
  ];
  const reference = referenceLoss(config, parameters, samples.map((sample) => ({ ...sample, kind: sample.kind === "expert" ? "expert" : "policy" })), LOSS); // prettier-ignore

  it("writes scalars, log-probabilities and one gradient a parameter, with the documented defaults", async () => {
    const outcome = await step({ samples });
    for (const name of ["loss", "policyLoss", "kl", "cloningLoss"] as const) expect(outcome[name] / reference[name]).toBeCloseTo(1, 4);
    expect(outcome.loss).toBeCloseTo(outcome.policyLoss + LOSS.beta * outcome.kl + outcome.cloningLoss, 5);
    const written = await tensors();
    expect([...written.keys()]).toEqual([
      "loss",
      "policy_loss",
      "kl",
      "cloning_loss",
      "logprobs.0",
      "logprobs.1",
      "logprobs.2",
      ...parameters.keys(),
    ]);
    for (const [name, { shape }] of parameters) expect(written.get(name)?.shape).toEqual(shape);
    expect(written.get("loss")).toEqual({ shape: [], data: [Math.fround(outcome.loss)] });
    reference.logProbs.forEach((row, i) => row.forEach((value, t) => expect(written.get(`logprobs.${i}`)?.data[t]).toBeCloseTo(value, 4)));
  });

  it("gives bare means of KL and cloning also where their coefficients are 0, and no such gradient", async () => {
    const outcome = await step({ samples, loss: { beta: 0, cloningCoefficient: 0 } });
    expect(outcome.kl / reference.kl).toBeCloseTo(1, 4);
    expect(outcome.cloningLoss / reference.cloningLoss).toBeCloseTo(1, 4);
    expect(outcome.loss).toBe(outcome.policyLoss);
  });

  it("takes a batch of experts alone", async () => {
    const outcome = await step({ samples: samples.slice(2), loss: { aggregation: "dr_grpo" } });
    expect(outcome).toMatchObject({ policyLoss: 0, kl: 0 });
    expect(outcome.loss).toBeCloseTo(reference.cloningLoss, 4);
  });

  const bad: readonly (readonly [what: string, batch: unknown, code: string, message: RegExp])[] = [
    ["text that is not JSON", '{"samples": [', "invalid-json", /batch\.json/],
    ["no samples", { samples: [] }, "invalid-record", /samples/],
    ["an unknown field", { samples: [{ ...POLICY, oldLogprobs: [1, 2] }] }, "invalid-record", /batch\.json: samples\[0\].*oldLogprobs/],
    ["an unknown kind", { samples: [{ ...POLICY, kind: "teacher" }] }, "invalid-record", /samples\[0\]\.kind.*got: "teacher"/],
    ["a policy sample without advantage", { samples: [POLICY, { ...POLICY, advantage: undefined }] }, "invalid-record", /samples\[1\]\.advantage/],
    ["an empty response", { samples: [{ ...POLICY, responseIds: [] }] }, "invalid-record", /samples\[0\]\.responseIds/],
    ["log-probabilities of another length", { samples: [{ ...POLICY, refLogProbs: [-1] }] }, "invalid-record", /samples\[0\]\.refLogProbs; expected: 2 numbers.*got: 1 number/],
    ["a token outside the vocabulary", { samples: [{ ...POLICY, promptIds: [1, 37] }] }, "invalid-record", /samples\[0\]\.promptIds\[1\].*0 to 36.*got: 37/],
    ["a sequence beyond the context", { samples: [{ ...POLICY, promptIds: Array(48).fill(1) }] }, "prompt-too-long", /samples\[0\].*at most 48.*got: 50/],
    ["an unknown aggregation", { samples: [POLICY], loss: { aggregation: "mean" } }, "invalid-record", /loss\.aggregation.*got: "mean"/],
    ["an overflowing number", `{"samples": [${JSON.stringify(POLICY).replace('"advantage":1', '"advantage":1e999')}]}`, "invalid-record", /advantage/],
  ]; // prettier-ignore
  it.each(bad)("refuses %s", async (_what, batch, code, message) => {
    await expect(step(batch)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  it("stops at a loss that is not finite and leaves the file of an earlier step alone", async () => {
    await step({ samples });
    const before = await readFile(out);
    await expect(step({ samples: [{ ...POLICY, advantage: -1, oldLogProbs: [-500, -500] }] })).rejects.toMatchObject({
      code: "non-finite",
    });
    expect(await readFile(out)).toEqual(before);
  });

  it("says which batch file is missing", async () => {
    await expect(writeStep({ model: folder, batch: join(folder, "none.json"), out })).rejects.toMatchObject({ code: "file-not-found" });
  });
});

describe("writeLogits", () => {
  it("writes the logits of every position", async () => {
    const ids = [3, 1, 4, 1, 5, 9, 2, 6];
    expect(await writeLogits({ model: folder, ids, out })).toMatchObject({ tokens: 8, vocabSize: 37, device: { device: "cpu" } });
    const logits = (await tensors()).get("logits");
    expect(logits?.shape).toEqual([8, 37]);
    referenceLogits(config, parameters, ids).forEach((row, t) =>
      row.forEach((value, v) => expect(logits?.data[t * 37 + v]).toBeCloseTo(value, 4)),
    );
  });

  it.each([
    [[], "invalid-argument", /at least one/],
    [[1, 2, 37], "invalid-argument", /id 3.*0 to 36.*got: 37/],
    [Array(49).fill(1), "prompt-too-long", /at most 48.*got: 49/],
  ])("refuses ids that do not fit (%#)", async (ids, code, message) => {
    await expect(writeLogits({ model: folder, ids, out })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });

  it("says when the file cannot be written", async () => {
    await expect(writeLogits({ model: folder, ids: [1], out: join(folder, "config.json", "x") })).rejects.toMatchObject({
      code: "storage-failed",
    });
  });
});
