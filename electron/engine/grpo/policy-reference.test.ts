// The trainable policy's numbers against two independent references: float64 loops with central differences (always), and
// PyTorch in float64 (where it is installed). Logits, log-probabilities, every loss term and every gradient, to 1e-4 relative.

import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lossSamples, lossShape, parseStepBatch, type StepBatch } from "../../services/step-batch.ts";
import { toHfConfig } from "../model/config.ts";
import { sequenceLogits } from "../model/logits-graph.ts";
import { referenceLogits, type ReferenceParameters } from "../model/reference-forward.ts";
import { SafetensorsFile, writeSafetensors } from "../model/safetensors.ts";
import { Random, mixSeed } from "../tensor/random.ts";
import type { Float32Tensor } from "../tensor/tensor.ts";
import { missingPythonModules, runPython } from "../testing/system-python.ts";
import { OnnxPolicy } from "./onnx-policy.ts";
import type { LossOutput } from "./policy-model.ts";
import { adamWCase, runAdamW } from "./testing/adamw-case.ts";
import { foldedIn, referenceCases, type ReferenceCase } from "./testing/reference-cases.ts";
import { referenceLoss } from "./testing/reference-loss.ts";

const TOLERANCE = 1e-4;
/** Opening many sessions and importing PyTorch takes seconds, on a busy machine minutes. */
const SETUP_TIMEOUT_MS = 240_000;

interface Evaluated {
  readonly output: LossOutput;
  readonly gradients: ReadonlyMap<string, Float32Tensor>;
  readonly logits: Float32Tensor;
}

function batchText({ samples, loss }: ReferenceCase): string {
  return JSON.stringify({ samples, loss });
}

async function evaluate(test: ReferenceCase): Promise<Evaluated> {
  const { config, parameters, vocabularyChunk, lora, adapter } = test;
  const batch: StepBatch = parseStepBatch(batchText(test), config, "batch");
  const policy = await OnnxPolicy.create({
    config,
    parameters,
    lossShape: lossShape(batch),
    seed: 1,
    vocabularyChunk,
    packing: { tokensPerMicroBatch: 40, rowTokens: 20, bundleTokens: 0 },
    session: { threads: 1 },
    ...(lora === undefined ? {} : { lora }),
  });
  try {
    if (adapter !== undefined) policy.importState({ parameters: adapter, firstMoments: adapter, secondMoments: adapter, updates: 0 });
    const output = await policy.accumulate(lossSamples(batch));
    const first = batch.samples[0];
    const ids = [...(first?.promptIds ?? []), ...(first?.responseIds ?? [])];
    return { output, gradients: policy.gradients(), logits: await sequenceLogits(config, policy.mergedParameters(), ids, { threads: 1 }) };
  } finally {
    policy.dispose();
  }
}

/** |got - expected| / |expected| over a whole tensor. */
function relativeError(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(got.length).toBe(expected.length);
  let [difference, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += ((got[i] as number) - (expected[i] as number)) ** 2;
    size += (expected[i] as number) ** 2;
  }
  return Math.sqrt(difference / size);
}

const cases = referenceCases();
const results = new Map<ReferenceCase, Evaluated>();

beforeAll(async () => {
  for (const test of cases) results.set(test, await evaluate(test));
}, SETUP_TIMEOUT_MS);

describe.each(cases)("$name", (test) => {
  const merged = test.lora === undefined ? test.parameters : foldedIn(test.parameters, test.adapter ?? new Map(), test.lora);

  it("agrees with float64 loops in logits, log-probabilities and every loss term", () => {
    const { output, logits } = results.get(test) as Evaluated;
    const [first] = test.samples;
    const ids = [...(first?.promptIds ?? []), ...(first?.responseIds ?? [])];
    const expected = referenceLogits(test.config, merged, ids).flatMap((row) => [...row]);
    expect(logits.shape).toEqual([ids.length, test.config.vocabSize]);
    expect(relativeError(logits.data, expected)).toBeLessThan(TOLERANCE);
    const reference = referenceLoss(test.config, merged, test.samples, test.loss);
    reference.logProbs.forEach((row, i) => expect(relativeError(output.logProbs[i] ?? [], row)).toBeLessThan(TOLERANCE));
    expect(relativeError([output.loss], [reference.loss])).toBeLessThan(TOLERANCE);
    expect(relativeError([output.policyLoss], [reference.policyLoss])).toBeLessThan(TOLERANCE);
    expect(relativeError([output.cloningLoss], [test.loss.cloningCoefficient * reference.cloningLoss])).toBeLessThan(TOLERANCE);
    if (test.loss.beta === 0) expect(output.kl).toBe(0);
    else expect(relativeError([output.kl], [test.loss.beta * reference.kl])).toBeLessThan(TOLERANCE);
  });

  it("agrees with central differences of the float64 loss in every gradient", () => {
    const { gradients } = results.get(test) as Evaluated;
    const onPolicy = referenceLoss(test.config, merged, test.samples, test.loss).logProbs;
    const trained: ReferenceParameters = test.adapter ?? test.parameters;
    expect([...gradients.keys()]).toEqual([...trained.keys()]);
    for (const [name, gradient] of gradients) {
      const random = new Random(mixSeed("direction", name));
      const direction = Float64Array.from(gradient.data, () => random.normal());
      const lossAt = (step: number) => {
        const data = Float64Array.from(trained.get(name)?.data ?? [], (value, i) => value + step * (direction[i] as number));
        const moved = new Map(trained).set(name, { data });
        const weights = test.lora === undefined ? moved : foldedIn(test.parameters, moved, test.lora);
        return referenceLoss(test.config, weights, test.samples, test.loss, onPolicy).loss;
      };
      const step = 1e-5;
      const difference = (lossAt(step) - lossAt(-step)) / (2 * step);
      const along = gradient.data.reduce((sum, value, i) => sum + value * (direction[i] as number), 0);
      const size = Math.hypot(...gradient.data);
      expect(Math.abs(difference - along), name).toBeLessThan(TOLERANCE * size);
    }
  });
});

const missing = missingPythonModules("torch", "numpy");
if (missing !== undefined) console.warn(`comparison with PyTorch skipped: ${missing}`);

describe.skipIf(missing !== undefined)("PyTorch in float64", () => {
  let folder = "";
  const optimizer = adamWCase();
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "raif-reference-"));
    const entries: unknown[] = [];
    for (const [i, test] of cases.entries()) {
      const model = join(folder, `${i}`);
      await mkdir(model);
      await writeFile(join(model, "config.json"), JSON.stringify(toHfConfig(test.config, "float32")));
      await writeSafetensors(join(model, "model.safetensors"), test.parameters, "F32");
      await writeFile(join(model, "batch.json"), batchText(test));
      const entry = { model, batch: join(model, "batch.json"), out: join(model, "out.safetensors") };
      if (test.adapter === undefined || test.lora === undefined) {
        entries.push(entry);
        continue;
      }
      const file = join(model, "adapter.safetensors");
      await writeSafetensors(file, test.adapter, "F32");
      entries.push({ ...entry, lora: { file, rank: test.lora.rank, alpha: test.lora.alpha } });
    }
    await writeFile(join(folder, "adamw.json"), JSON.stringify(optimizer));
    entries.push({ adamw: join(folder, "adamw.json"), out: join(folder, "adamw.safetensors") });
    await writeFile(join(folder, "cases.json"), JSON.stringify(entries));
    runPython(join(import.meta.dirname, "..", "testing", "step_reference.py"), [join(folder, "cases.json")]);
  }, SETUP_TIMEOUT_MS);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(cases)("$name", async (test) => {
    const { output, gradients, logits } = results.get(test) as Evaluated;
    const file = await SafetensorsFile.open(join(folder, `${cases.indexOf(test)}`, "out.safetensors"));
    const reference = async (name: string) => (await file.read(name)).data;
    expect(relativeError(logits.data, await reference("logits"))).toBeLessThan(TOLERANCE);
    for (const [i, row] of output.logProbs.entries()) expect(relativeError(row, await reference(`logprobs.${i}`))).toBeLessThan(TOLERANCE);
    expect(relativeError([output.loss], await reference("loss"))).toBeLessThan(TOLERANCE);
    expect(relativeError([output.policyLoss], await reference("policy_loss"))).toBeLessThan(TOLERANCE);
    let worst = 0;
    for (const [name, gradient] of gradients) {
      const error = relativeError(gradient.data, await reference(name));
      expect(error, name).toBeLessThan(TOLERANCE);
      worst = Math.max(worst, error);
    }
    await file.close();
    console.info(`${test.name}: worst relative error of a gradient tensor ${worst.toExponential(1)}`);
  });

  it("torch.optim.AdamW with clipping and weight decay", async () => {
    const { parameters, gradNorms } = await runAdamW(optimizer);
    const file = await SafetensorsFile.open(join(folder, "adamw.safetensors"));
    for (const [name, tensor] of parameters) expect(relativeError(tensor.data, (await file.read(name)).data), name).toBeLessThan(1e-5);
    expect(relativeError(gradNorms, (await file.read("gradNorms")).data)).toBeLessThan(1e-5);
    await file.close();
  });
});
