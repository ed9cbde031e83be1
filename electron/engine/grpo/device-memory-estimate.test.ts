// The estimate for WebGPU against the account of device tensors: what it says is kept is what is kept, to the byte.

import { describe, expect, it } from "vitest";
import { DeviceLanguageModel } from "../decoding/device-language-model.ts";
import { generate } from "../decoding/generate.ts";
import { isQuantisable, quantiseMatrix, type ModelWeights } from "../model/block-quantisation.ts";
import { LORA_TARGETS, type LoraConfig } from "../model/lora.ts";
import { matrixFormats } from "../model/quantised-linear.ts";
import { deviceMemory, resetDevicePeak } from "../onnx/device-tensor.ts";
import { requireHalfPrecision } from "../onnx/half-precision.ts";
import { randomParameters, tinyConfig } from "../testing/random-model.ts";
import { webGpuForTests } from "../testing/webgpu.ts";
import { estimateDeviceMemory, type DeviceBase } from "./device-memory-estimate.ts";
import { DevicePolicy } from "./device-policy.ts";
import type { LossShape } from "./policy-model.ts";
import { resolveConfig } from "./recipes.ts";

const webgpu = await webGpuForTests();
const hasHalves =
  webgpu !== undefined &&
  (await requireHalfPrecision(webgpu).then(
    () => true,
    () => false,
  ));

const decoder = tinyConfig("llama", { numLayers: 1, hiddenSize: 64, intermediateSize: 64, headDim: 16 });
const lora: LoraConfig = { rank: 4, alpha: 4, dropout: 0, targets: LORA_TARGETS };
const SHAPE: LossShape = { epsilonLow: 0.2, epsilonHigh: 0.2, klEstimator: "k3", importanceLevel: "token", temperature: 1 };
const [PROMPT, NEW, GENERATIONS] = [6, 4, 3];
const ADAM = { learningRate: 0.01, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 };

function trainingOf(adapter: boolean) {
  const settings = {
    ...{ promptsPerStep: 2, numGenerations: GENERATIONS, maxPromptTokens: PROMPT, maxNewTokens: NEW, temperature: 1 },
    ...{
      "superiorCot.enabled": false,
      "lora.enabled": adapter,
      "lora.rank": lora.rank,
      "lora.targets": "all-linear",
      tokensPerMicroBatch: 16,
    },
  };
  return resolveConfig({ recipe: "paper", set: Object.entries(settings) });
}

function weightsIn(base: DeviceBase): ModelWeights {
  const parameters = randomParameters(decoder, 5);
  if (base === undefined || base === "float16") return parameters;
  return new Map(
    [...parameters].map(([name, tensor]) => [name, isQuantisable(name, tensor.shape, base) ? quantiseMatrix(tensor, base) : tensor]),
  );
}

/** Most bytes kept while all responses are sampled to their full length, and while an update of several micro-batches is made. */
async function keptBytes(base: DeviceBase, adapter: boolean): Promise<{ rollout: number; update: number }> {
  const before = deviceMemory().bytes;
  const parameters = weightsIn(base);
  const session = webgpu ?? {};
  const shared = { session, quantised: matrixFormats(parameters, base === "float16"), ...(adapter ? { lora } : {}) };
  const packing = { tokensPerMicroBatch: 16, rowTokens: 16, bundleTokens: 0 };
  const options = { config: decoder, parameters, lossShape: SHAPE, seed: 1, session, packing, halfBase: base === "float16" };
  const policy = await DevicePolicy.create({ ...options, ...(adapter ? { lora } : {}) });
  const model = DeviceLanguageModel.sharing(decoder, () => policy.weights(), shared);
  const promptIds = Array.from({ length: PROMPT }, (_, i) => i + 1);
  resetDevicePeak();
  const groups = [1, 2].map((group) => ({ promptIds, seeds: Array.from({ length: GENERATIONS }, (_, row) => 10 * group + row) }));
  const sampling = { temperature: 1, topK: 0, topP: 1, maxNewTokens: NEW, stopTokenIds: [], stopStrings: [] };
  const sampled = await generate(model, groups, sampling);
  const rollout = deviceMemory().peakBytes - before;
  resetDevicePeak();
  const responses = sampled.flat().map(({ tokenIds }) => [...tokenIds]);
  const weight = new Float32Array(NEW).fill(0.01);
  await policy.accumulate(responses.map((responseIds) => ({ promptIds, responseIds, advantage: 1, policyWeights: weight })));
  await policy.update(ADAM);
  const update = deviceMemory().peakBytes - before;
  await model.dispose();
  await policy.dispose();
  expect(deviceMemory().bytes).toBe(before);
  return { rollout, update };
}

const CASES: readonly (readonly [string, DeviceBase, boolean])[] = [
  ["adapter over 4 bits", { bits: 4, blockSize: 32 }, true],
  ["adapter over 8 bits", { bits: 8, blockSize: 32 }, true],
  ["adapter over float16", "float16", true],
  ["everything trained", undefined, false],
];

describe.skipIf(webgpu === undefined)("the estimate for a device", () => {
  it.each(CASES.filter(([, base]) => base !== "float16" || hasHalves))("says what is kept there: %s", async (_name, base, adapter) => {
    const { phases } = estimateDeviceMemory(decoder, base, trainingOf(adapter));
    const kept = Object.fromEntries(phases.map((phase) => [phase.name, phase.keptBytes]));
    expect(await keptBytes(base, adapter)).toEqual({ rollout: kept["rollout"], update: kept["update"] });
  });
});

it("counts a base in float16 as half of its projections", () => {
  const weightsOf = (base: DeviceBase): number =>
    estimateDeviceMemory(decoder, base, trainingOf(true)).phases[0]?.parts.find(({ name }) => name === "base weights")?.bytes ?? NaN;
  const projections = [...randomParameters(decoder, 5)].filter(([name]) => name.endsWith("_proj.weight"));
  const numbers = projections.reduce((sum, [, { data }]) => sum + data.length, 0);
  expect(weightsOf(undefined) - weightsOf("float16")).toBe(2 * numbers);
});
