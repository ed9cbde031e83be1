// The policy on a device against the policy on the CPU: loss, log-probabilities, entropies, gradients and updated weights to 1e-4,
// for full training and for an adapter; and its memory, which must come back to where it was and be what was estimated.

import { describe, expect, it } from "vitest";
import { DeviceLanguageModel } from "../decoding/device-language-model.ts";
import { generate } from "../decoding/generate.ts";
import { dequantiseMatrix, isQuantisable, quantiseMatrix, type BlockFormat, type ModelWeights } from "../model/block-quantisation.ts";
import type { DecoderConfig } from "../model/config.ts";
import { matrixFormats, placeWeight, spreadByProduct, type QuantisedValue } from "../model/quantised-linear.ts";
import { deviceMemory, resetDevicePeak } from "../onnx/device-tensor.ts";
import { Graph } from "../onnx/graph.ts";
import { requireHalfPrecision } from "../onnx/half-precision.ts";
import { OnnxSession } from "../onnx/session.ts";
import { Random } from "../tensor/random.ts";
import { float32, type HostTensor } from "../tensor/tensor.ts";
import { randomParameters, tinyConfig } from "../testing/random-model.ts";
import { webGpuForTests } from "../testing/webgpu.ts";
import { estimateDeviceMemory, type DeviceBase } from "./device-memory-estimate.ts";
import { DevicePolicy } from "./device-policy.ts";
import type { PolicyOptions } from "./micro-batch-feeds.ts";
import { OnnxPolicy } from "./onnx-policy.ts";
import type { LossSample, LossShape, OptimizerSettings } from "./policy-model.ts";
import { resolveConfig } from "./recipes.ts";
import { TINY_LORA } from "./testing/reference-cases.ts";

const webgpu = await webGpuForTests();

const SHAPE: LossShape = { epsilonLow: 0.2, epsilonHigh: 0.2, klEstimator: "k3", importanceLevel: "token", temperature: 0.9 };
const ADAM: OptimizerSettings = { learningRate: 0.01, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, maxGradNorm: 1 };
const random = new Random(17);
const ids = (length: number) => Array.from({ length }, () => random.integer(37));

const SAMPLES: readonly LossSample[] = Array.from({ length: 6 }, (_, i) => {
  const responseIds = ids(2 + ((3 * i) % 7));
  const weights = new Float32Array(responseIds.length).fill(1 / (6 * responseIds.length));
  const sequence = { promptIds: ids(1 + ((5 * i) % 6)), responseIds };
  if (i % 4 === 3) return { ...sequence, advantage: 0, cloningWeights: weights };
  const near = () => Float32Array.from(responseIds, () => -3.5 + random.normal());
  const old = i === 2 ? { oldLogProbs: near() } : {};
  return { ...sequence, advantage: i % 2 === 0 ? 1 : -1, policyWeights: weights, klWeights: weights, refLogProbs: near(), ...old };
});

/** Largest difference by the largest value. */
function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>, what: string, tolerance = 1e-4): void {
  expect(got.length, what).toBe(expected.length);
  let [difference, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs((got[i] as number) - (expected[i] as number)));
    size = Math.max(size, Math.abs(expected[i] as number));
  }
  expect(difference, what).toBeLessThanOrEqual(tolerance * size);
}

function expectSameTensors(got: ReadonlyMap<string, HostTensor>, expected: ReadonlyMap<string, HostTensor>, tolerance?: number): void {
  expect([...got.keys()]).toEqual([...expected.keys()]);
  for (const [name, { data }] of expected) expectClose(got.get(name)?.data as Float32Array, data as Float32Array, name, tolerance);
}

/** Every projection in blocks. */
function inBlocks(config: DecoderConfig, format: BlockFormat): ModelWeights {
  return new Map(
    [...randomParameters(config, 5)].map(([name, tensor]) => [
      name,
      isQuantisable(name, tensor.shape, format) ? quantiseMatrix(tensor, format) : tensor,
    ]),
  );
}

interface Case {
  readonly name: string;
  readonly config: DecoderConfig;
  readonly changes: Partial<PolicyOptions>;
  readonly steps: number;
}

const QWEN3 = tinyConfig("qwen3", { tieWordEmbeddings: true });
/** Rows of one, two and three blocks. */
const BLOCKS = tinyConfig("llama", { hiddenSize: 32, intermediateSize: 96, headDim: 16 });

const CASES: readonly Case[] = [
  // A second step starts from moments that are not zero.
  { name: "everything trained, one micro-batch", config: tinyConfig("qwen2"), changes: {}, steps: 2 },
  {
    name: "everything trained, three micro-batches, sequence ratio",
    config: QWEN3,
    changes: {
      packing: { tokensPerMicroBatch: 24, rowTokens: 12, bundleTokens: 0 },
      lossShape: { ...SHAPE, importanceLevel: "sequence" },
    },
    steps: 1,
  },
  { name: "adapter with dropout", config: tinyConfig("llama"), changes: { lora: { ...TINY_LORA, dropout: 0.25 } }, steps: 1 },
  {
    name: "adapter over blocks of 4 bits, layers computed again",
    config: BLOCKS,
    changes: { lora: TINY_LORA, parameters: inBlocks(BLOCKS, { bits: 4, blockSize: 32 }), activationCheckpointing: true },
    steps: 1,
  },
  {
    name: "adapter over blocks of 8 bits",
    config: BLOCKS,
    changes: { lora: TINY_LORA, parameters: inBlocks(BLOCKS, { bits: 8, blockSize: 32 }) },
    steps: 1,
  },
];

describe.skipIf(webgpu === undefined)("the policy on WebGPU", () => {
  it.each(CASES)("gives what the CPU gives: $name", async ({ config, changes, steps }) => {
    const options: PolicyOptions = {
      config,
      parameters: randomParameters(config, 5),
      lossShape: SHAPE,
      seed: 1,
      vocabularyChunk: 16,
      ...changes,
    };
    const cpu = await OnnxPolicy.create({ ...options, session: { threads: 1 } });
    const before = deviceMemory();
    const gpu = await DevicePolicy.create({ ...options, session: webgpu ?? {} });
    const held = deviceMemory();
    for (let step = 0; step < steps; step++) {
      for (const which of ["policy", "reference"] as const) {
        const [got, expected] = [await gpu.logProbs(SAMPLES, which), await cpu.logProbs(SAMPLES, which)];
        expected.forEach((row, i) => expectClose(got[i] ?? [], row, `${which} ${i}`));
      }
      const [got, expected] = [await gpu.accumulate(SAMPLES), await cpu.accumulate(SAMPLES)];
      for (const key of ["loss", "policyLoss", "kl", "cloningLoss"] as const) expectClose([got[key]], [expected[key]], key);
      expected.logProbs.forEach((row, i) => expectClose(got.logProbs[i] ?? [], row, `log-probabilities ${i}`));
      expected.entropies.forEach((row, i) => expectClose(got.entropies[i] ?? [], row, `entropies ${i}`));
      expectSameTensors(await gpu.gradients(), cpu.gradients());
      const [{ gradNorm }, { gradNorm: expectedNorm }] = [await gpu.update(ADAM), await cpu.update(ADAM)];
      expectClose([gradNorm], [expectedNorm], "gradient norm");
      // The first Adam step is nearly the sign of the gradient, so an entry near 0 may move differently: by the rate at most.
      expectSameTensors((await gpu.exportState()).parameters, cpu.exportState().parameters, 1e-2);
      // From the same state again, so that the next step compares like with like.
      await gpu.importState(cpu.exportState());
      const { tensors, bytes } = deviceMemory();
      expect({ tensors, bytes }).toEqual({ tensors: held.tensors, bytes: held.bytes });
    }
    await gpu.dispose();
    cpu.dispose();
    expect(deviceMemory()).toMatchObject({ tensors: before.tensors, bytes: before.bytes });
  });

  it.each([
    [4, 16, 3],
    [4, 32, 2],
    [8, 32, 3],
  ] as const)("spreads blocks of %i bits and %i values, %i a row, to the very numbers", async (bits, blockSize, blocks) => {
    const [rows, width] = [5, blocks * blockSize];
    const values = Float32Array.from({ length: rows * width }, () => random.normal());
    const matrix = quantiseMatrix(float32([rows, width], values), { bits, blockSize });
    const graph = new Graph("spread", { onDevice: true });
    const factor = graph.input("factor", "float32", [2, rows]);
    graph.output(spreadByProduct(graph, placeWeight(graph, "w", matrix, "constant") as QuantisedValue, factor), "w32");
    const session = await OnnxSession.open(graph, { ...webgpu, deviceOnly: true });
    const { w32 } = await session.run({ factor: float32([2, rows]) });
    await session.dispose();
    expect(w32?.data).toEqual(dequantiseMatrix(matrix).data);
  });

  it("refuses blocks that no adapter lies over", async () => {
    const options = { config: BLOCKS, parameters: inBlocks(BLOCKS, { bits: 4, blockSize: 32 }), lossShape: SHAPE, seed: 1 };
    const before = deviceMemory();
    await expect(DevicePolicy.create({ ...options, session: webgpu ?? {} })).rejects.toMatchObject({ code: "invalid-config" });
    expect(deviceMemory()).toMatchObject({ tensors: before.tensors, bytes: before.bytes });
  });
});

const hasHalves =
  webgpu !== undefined &&
  (await requireHalfPrecision(webgpu).then(
    () => true,
    () => false,
  ));

const ESTIMATED = tinyConfig("llama", { numLayers: 1, hiddenSize: 64, intermediateSize: 64, headDim: 16 });
const [PROMPT, NEW, GENERATIONS] = [6, 4, 3];

function trainingOf(adapter: boolean) {
  const settings = {
    ...{ promptsPerStep: 2, numGenerations: GENERATIONS, maxPromptTokens: PROMPT, maxNewTokens: NEW, temperature: 1 },
    ...{
      "superiorCot.enabled": false,
      "lora.enabled": adapter,
      "lora.rank": TINY_LORA.rank,
      "lora.targets": "all-linear",
      tokensPerMicroBatch: 16,
    },
  };
  return resolveConfig({ recipe: "paper", set: Object.entries(settings) });
}

/** Most bytes kept while all responses are sampled to their full length, and while an update of several micro-batches is made. */
async function keptBytes(base: DeviceBase, adapter: boolean): Promise<{ rollout: number; update: number }> {
  const before = deviceMemory().bytes;
  const parameters = base === undefined || base === "float16" ? randomParameters(ESTIMATED, 5) : inBlocks(ESTIMATED, base);
  const session = webgpu ?? {};
  const shared = { session, quantised: matrixFormats(parameters, base === "float16"), ...(adapter ? { lora: TINY_LORA } : {}) };
  const packing = { tokensPerMicroBatch: 16, rowTokens: 16, bundleTokens: 0 };
  const options = { config: ESTIMATED, parameters, lossShape: SHAPE, seed: 1, session, packing, halfBase: base === "float16" };
  const policy = await DevicePolicy.create({ ...options, ...(adapter ? { lora: TINY_LORA } : {}) });
  const model = DeviceLanguageModel.sharing(ESTIMATED, () => policy.weights(), shared);
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

const BASES: readonly (readonly [string, DeviceBase, boolean])[] = [
  ["adapter over 4 bits", { bits: 4, blockSize: 32 }, true],
  ["adapter over 8 bits", { bits: 8, blockSize: 32 }, true],
  ["adapter over float16", "float16", true],
  ["everything trained", undefined, false],
];

describe.skipIf(webgpu === undefined)("the estimate of a device's memory", () => {
  it.each(BASES.filter(([, base]) => base !== "float16" || hasHalves))(
    "says to the byte what is kept: %s",
    async (_name, base, adapter) => {
      const { phases } = estimateDeviceMemory(ESTIMATED, base, trainingOf(adapter));
      const kept = Object.fromEntries(phases.map((phase) => [phase.name, phase.keptBytes]));
      expect(await keptBytes(base, adapter)).toEqual({ rollout: kept["rollout"], update: kept["update"] });
    },
  );
});
