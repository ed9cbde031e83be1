// How fast a model decodes and learns on one device, at a size that even a software driver finishes: for the GPU log of docs/gpu.md.
// Everything is compiled and warm before it is measured.

import { generate } from "../decoding/generate.ts";
import { openModel } from "../decoding/open-language-model.ts";
import { DevicePolicy } from "../grpo/device-policy.ts";
import { OnnxPolicy } from "../grpo/onnx-policy.ts";
import type { LossSample, LossShape, OptimizerSettings } from "../grpo/policy-model.ts";
import type { DecoderConfig } from "../model/config.ts";
import type { SessionOptions } from "../onnx/session.ts";
import { Random } from "../tensor/random.ts";
import type { Float32Tensor } from "../tensor/tensor.ts";

export interface DeviceWorkload {
  /** Rows that decode together, each a measurement. */
  readonly rows: readonly number[];
  readonly promptTokens: number;
  readonly newTokens: number;
  readonly sequences: number;
  readonly tokensPerSequence: number;
}

export const DEVICE_WORKLOAD: DeviceWorkload = { rows: [1, 8, 32], promptTokens: 32, newTokens: 32, sequences: 8, tokensPerSequence: 64 };

export interface DeviceBenchResult {
  /** Sampled tokens a second, of all rows together. */
  readonly decode: readonly { readonly rows: number; readonly tokensPerSecond: number }[];
  /** Tokens a second of loss, gradients and AdamW over all parameters. */
  readonly updateTokensPerSecond: number;
}

const LOSS_SHAPE: LossShape = { epsilonLow: 0.2, epsilonHigh: 0.2, klEstimator: "k3", importanceLevel: "token", temperature: 1 };
const OPTIMIZER: OptimizerSettings = { learningRate: 1e-5, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 };

/** The session names the device. Throws "device-unavailable". */
export async function benchmarkDevice(
  config: DecoderConfig,
  parameters: ReadonlyMap<string, Float32Tensor>,
  session: SessionOptions,
  workload: DeviceWorkload = DEVICE_WORKLOAD,
): Promise<DeviceBenchResult> {
  const decode = await measureDecode(config, parameters, session, workload);
  return { decode, updateTokensPerSecond: await measureUpdate(config, parameters, session, workload) };
}

async function measureDecode(
  config: DecoderConfig,
  parameters: ReadonlyMap<string, Float32Tensor>,
  session: SessionOptions,
  { rows, promptTokens, newTokens }: DeviceWorkload,
): Promise<DeviceBenchResult["decode"]> {
  const model = await openModel(config, parameters, session);
  const random = new Random(1);
  const promptIds = Array.from({ length: promptTokens }, () => random.integer(config.vocabSize));
  const seconds = async (count: number, tokens: number): Promise<number> => {
    const startMs = performance.now();
    const seeds = Array.from({ length: count }, (_, seed) => seed);
    const settings = { temperature: 1, topK: 0, topP: 1, maxNewTokens: tokens, stopTokenIds: [], stopStrings: [] };
    await generate(model, [{ promptIds, seeds }], { ...settings, maxConcurrentRows: count });
    return (performance.now() - startMs) / 1000;
  };
  try {
    const results = [];
    for (const count of rows) {
      await seconds(count, 2);
      // What all but the first token take, so that reading the prompt does not count.
      const first = await seconds(count, 1);
      results.push({ rows: count, tokensPerSecond: (count * newTokens) / ((await seconds(count, newTokens + 1)) - first) });
    }
    return results;
  } finally {
    await model.dispose();
  }
}

async function measureUpdate(
  config: DecoderConfig,
  parameters: ReadonlyMap<string, Float32Tensor>,
  session: SessionOptions,
  { sequences, tokensPerSequence }: DeviceWorkload,
): Promise<number> {
  const options = { config, parameters, lossShape: LOSS_SHAPE, seed: 1, session, keepReference: false };
  const policy = session.device === "webgpu" ? await DevicePolicy.create(options) : await OnnxPolicy.create(options);
  const random = new Random(2);
  const scored = tokensPerSequence - 1;
  const samples: LossSample[] = Array.from({ length: sequences }, () => ({
    promptIds: [1],
    responseIds: Array.from({ length: scored }, () => random.integer(config.vocabSize)),
    advantage: 0,
    cloningWeights: new Float32Array(scored).fill(1 / (sequences * scored)),
  }));
  const once = async (): Promise<number> => {
    const startMs = performance.now();
    await policy.accumulate(samples);
    await policy.update(OPTIMIZER);
    return (performance.now() - startMs) / 1000;
  };
  try {
    await once();
    return (sequences * tokensPerSequence) / (await once());
  } finally {
    await policy.dispose();
  }
}
