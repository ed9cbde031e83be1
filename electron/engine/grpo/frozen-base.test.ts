// What lies frozen under an adapter on a device. Few drivers in software have float16, so the very graphs of the device run on the CPU
// as well: they give what float32 weights of the same rounded values give, and are as far from the unrounded ones as docs/gpu.md says.
// Where WebGPU opens without float16, the refusal; where it has it, the real thing.

import { describe, expect, it } from "vitest";
import { DeviceLanguageModel } from "../decoding/device-language-model.ts";
import { generate } from "../decoding/generate.ts";
import { OnnxLanguageModel } from "../decoding/onnx-language-model.ts";
import { parameterShapes } from "../model/config.ts";
import { initialiseLora, mergeLora } from "../model/lora.ts";
import { matrixFormats, type MatrixFormat } from "../model/quantised-linear.ts";
import { float16ToFloat32, float32ToFloat16 } from "../model/safetensors-floats.ts";
import { deviceMemory } from "../onnx/device-tensor.ts";
import { hasHalfPrecision } from "../onnx/half-precision.ts";
import { peakIntermediateBytes } from "../onnx/peak-memory.ts";
import { OnnxSession } from "../onnx/session.ts";
import { Random } from "../tensor/random.ts";
import { float32, sizeOf, type Float32Tensor, type HostTensor } from "../tensor/tensor.ts";
import { randomParameters, randomTensors, tinyConfig } from "../testing/random-model.ts";
import { webGpuForTests } from "../testing/webgpu.ts";
import { DevicePolicy } from "./device-policy.ts";
import { lossFeeds, policyGraphOptions, temperatureFeed, type PolicyOptions } from "./micro-batch-feeds.ts";
import { packFeeds, packSequences, type MicroBatch } from "./packing.ts";
import { lossAndGradientGraph } from "./policy-graphs.ts";
import { OnnxPolicy } from "./onnx-policy.ts";
import type { LossOutput, LossSample, LossShape } from "./policy-model.ts";
import { TINY_LORA } from "./testing/reference-cases.ts";

const webgpu = await webGpuForTests();
const hasHalves = webgpu === undefined ? undefined : await hasHalfPrecision({ ...webgpu, deviceOnly: true });
if (hasHalves === false)
  console.log("SKIPPED: float16 on WebGPU, which this device lacks (docs/gpu.md names a driver in software that has it)");

const SHAPE: LossShape = { epsilonLow: 0.2, epsilonHigh: 0.2, klEstimator: "k3", importanceLevel: "token", temperature: 1 };
const config = tinyConfig("qwen2", { hiddenSize: 48, intermediateSize: 96, headDim: 16 });
const parameters = randomParameters(config, 5);
const adapterShapes = new Map([...initialiseLora(config, TINY_LORA, 1)].map(([name, { shape }]) => [name, shape]));
// No zeros, so that every gradient is there to be compared.
const adapter = randomTensors(adapterShapes, 3);

const random = new Random(8);
const ids = (length: number) => Array.from({ length }, () => random.integer(config.vocabSize));
const SAMPLES: readonly LossSample[] = Array.from({ length: 4 }, (_, i) => {
  const responseIds = ids(5 + i);
  const weights = new Float32Array(responseIds.length).fill(1 / (4 * responseIds.length));
  const refLogProbs = Float32Array.from(responseIds, () => -3.5 + random.normal());
  return { promptIds: ids(3), responseIds, advantage: i % 2 === 0 ? 1 : -1, policyWeights: weights, klWeights: weights, refLogProbs };
});

const GROUPS = [[3], [7, 1, 34, 9, 12]].map((promptIds) => ({ promptIds, seeds: [0] }));
const GREEDY = { temperature: 0, topK: 0, topP: 1, maxNewTokens: 12, stopTokenIds: [], stopStrings: [] } as const;

function optionsOf(weights: ReadonlyMap<string, Float32Tensor>, halfBase: boolean): PolicyOptions {
  return { config, parameters: weights, lossShape: SHAPE, seed: 1, lora: TINY_LORA, vocabularyChunk: 16, halfBase };
}

/** Loss and gradients of the device's graph, on the CPU. */
async function derive(weights: ReadonlyMap<string, Float32Tensor>, halfBase: boolean): Promise<Readonly<Record<string, HostTensor>>> {
  const options = optionsOf(weights, halfBase);
  const { quantised } = policyGraphOptions(options);
  const graph = lossAndGradientGraph({ ...policyGraphOptions(options), onDevice: true }, SHAPE);
  // Node hands the runtime no float16 from outside.
  for (const [name, { shape, data }] of weights) {
    if (quantised.get(name) !== "float16") continue;
    graph.inputs.splice(
      graph.inputs.findIndex((input) => input.name === name),
      1,
    );
    graph.initializer(name, { dtype: "float16", shape, data: float32ToFloat16(data) });
  }
  const session = await OnnxSession.open(graph, { threads: 1, mergeEqualNodes: false });
  const [batch] = packSequences(SAMPLES, { tokensPerMicroBatch: 256, rowTokens: 64, bundleTokens: 0 });
  const packed = packFeeds(SAMPLES, batch as MicroBatch);
  const base = Object.fromEntries([...weights].filter(([name]) => !quantised.has(name)));
  const feeds = { ...packed.feeds, ...base, ...Object.fromEntries(adapter), ...lossFeeds(SAMPLES, packed), ...temperatureFeed(options) };
  const out = await session.run(feeds);
  await session.dispose();
  return out;
}

/** Of loss and all gradients, the largest difference by the tensor's largest value. */
function farthest(got: Readonly<Record<string, HostTensor>>, expected: Readonly<Record<string, HostTensor>>): number {
  const names = ["loss", ...[...adapterShapes.keys()].map((name) => `grad/${name}`)];
  return Math.max(
    ...names.map((name) => {
      const [a, b] = [got[name]?.data as Float32Array, expected[name]?.data as Float32Array];
      const size = b.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
      return b.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (a[i] as number))), 0) / size;
    }),
  );
}

/** The values that halves have. */
function roundedProjections(): ReadonlyMap<string, Float32Tensor> {
  return new Map(
    [...parameters].map(([name, tensor]) => {
      if (!name.endsWith("_proj.weight")) return [name, tensor];
      const rounded = new Float32Array(tensor.data.length);
      float16ToFloat32(float32ToFloat16(tensor.data), rounded);
      return [name, float32(tensor.shape, rounded)];
    }),
  );
}

describe("a base in float16", () => {
  it("is rounded once: products are of float32", async () => {
    const halves = await derive(parameters, true);
    expect(farthest(halves, await derive(roundedProjections(), false))).toBeLessThan(1e-6);
    const error = farthest(halves, await derive(parameters, false));
    expect(error).toBeLessThan(5e-3);
    expect(error).toBeGreaterThan(1e-6);
  });
});

describe("a base that is not float32", () => {
  it.each([
    ["float16", "float16", 1],
    // Beside the matrix its transposition.
    ["blocks", { bits: 4, blockSize: 16 }, 2],
  ] as const)("has one matrix as float32 at a time, however many layers there are: %s", (_name, format, copies) => {
    const deep = { ...config, numLayers: 8 };
    const matrices = [...parameterShapes(deep)].filter(([name]) => name.endsWith("_proj.weight"));
    const base = { config: deep, lora: TINY_LORA, maxPositions: 48, vocabularyChunk: 16, onDevice: true };
    const peak = (quantised: ReadonlyMap<string, MatrixFormat>) =>
      peakIntermediateBytes(lossAndGradientGraph({ ...base, quantised }, SHAPE), { B: 1, T: 8, M: 4, S: 1 });
    const [stored, plain] = [peak(new Map(matrices.map(([name]) => [name, format]))), peak(new Map())];
    const largest = 4 * Math.max(...matrices.map(([, shape]) => sizeOf(shape)));
    expect(stored - plain).toBeLessThanOrEqual(copies * largest);
    expect(stored).toBeGreaterThan(plain);
  });
});

describe.skipIf(hasHalves === true || webgpu === undefined)("WebGPU without float16", () => {
  it("refuses it, naming what is missing", async () => {
    const opening = DevicePolicy.create({ ...optionsOf(parameters, true), session: webgpu ?? {} });
    await expect(opening).rejects.toMatchObject({ code: "unsupported", message: expect.stringContaining("shader-f16") as string });
  });
});

describe.skipIf(hasHalves !== true)("WebGPU with float16", () => {
  it("trains and generates over halves as the CPU does over float32 weights of their values", async () => {
    const session = webgpu ?? {};
    const rounded = roundedProjections();
    const before = deviceMemory();
    const cpu = await OnnxPolicy.create({ ...optionsOf(rounded, false), session: { threads: 1 } });
    const gpu = await DevicePolicy.create({ ...optionsOf(parameters, true), session });
    const state = { ...cpu.exportState(), parameters: adapter };
    cpu.importState(state);
    await gpu.importState(state);
    const [here, there] = [await cpu.accumulate(SAMPLES), await gpu.accumulate(SAMPLES)];
    const outputs = async ({ loss }: LossOutput, gradients: ReadonlyMap<string, Float32Tensor>) =>
      Object.fromEntries([["loss", float32([], [loss])], ...[...gradients].map(([name, gradient]) => [`grad/${name}`, gradient] as const)]);
    expect(farthest(await outputs(there, await gpu.gradients()), await outputs(here, cpu.gradients()))).toBeLessThan(1e-4);
    const languageModel = DeviceLanguageModel.sharing(config, () => gpu.weights(), {
      session,
      lora: TINY_LORA,
      quantised: matrixFormats(parameters, true),
    });
    const onCpu = new OnnxLanguageModel(config, mergeLora(rounded, adapter, TINY_LORA), { session: { threads: 1 } });
    const [got, expected] = [await generate(languageModel, GROUPS, GREEDY), await generate(onCpu, GROUPS, GREEDY)];
    expect(got.flat().map((row) => row.tokenIds)).toEqual(expected.flat().map((row) => row.tokenIds));
    for (const each of [languageModel, onCpu, gpu]) await each.dispose();
    cpu.dispose();
    expect(deviceMemory()).toMatchObject({ tensors: before.tensors, bytes: before.bytes });
  });
});
