// How fast one model decodes and trains here, against what the machine could do at most: a decode step reads every weight once, so
// memory bandwidth bounds it at few rows; an update is matrix products. Random or real weights take the same time.

import { OnnxLanguageModel } from "../decoding/onnx-language-model.ts";
import { DEFAULT_PACKING } from "../grpo/micro-batch-feeds.ts";
import { OnnxPolicy } from "../grpo/onnx-policy.ts";
import { needsLowMemory } from "../grpo/memory-estimate.ts";
import type { LossSample, LossShape } from "../grpo/policy-model.ts";
import { weightBytes, type ModelWeights } from "../model/block-quantisation.ts";
import { parameterShapes, type DecoderConfig } from "../model/config.ts";
import { LORA_TARGETS } from "../model/lora.ts";
import type { SessionOptions } from "../onnx/session.ts";
import { Random } from "../tensor/random.ts";
import { sizeOf } from "../tensor/tensor.ts";
import { CopyProbe } from "./copy-bench.ts";
import { GemmProbe, median } from "./gemm-bench.ts";

export interface ModelBenchResult {
  readonly parameters: number;
  /** Bytes read and written a second by a pass over a large array, all threads together; the best of what each part had beside it. */
  readonly copyBytesPerSecond: number;
  /** Bytes of weights that a decode step reads. */
  readonly weightBytes: number;
  readonly decode: readonly {
    readonly rows: number;
    readonly stepMs: number;
    readonly tokensPerSecond: number;
    /** Weight bytes a second over the copy bandwidth just before and after. */
    readonly fractionOfBandwidth: number;
    readonly copyBytesPerSecond: number;
  }[];
  readonly update: {
    readonly tokensPerSecond: number;
    readonly gflops: number;
    readonly gemmGflops: number;
    readonly fractionOfGemm: number;
  };
  readonly peakRssBytes: number;
}

export interface ModelBenchOptions {
  /** Rows decoded together, one measurement each. */
  readonly rows?: readonly number[];
  readonly steps?: number;
  readonly updateSequences?: number;
  readonly updateTokens?: number;
  readonly copyFloats?: number;
  readonly session?: SessionOptions;
}

const LOSS: LossShape = { epsilonLow: 0.2, epsilonHigh: 0.2, klEstimator: "k3", importanceLevel: "token", temperature: 1 };
const RANK = 16;
const PROMPT_TOKENS = 16;
/** Passes over the copied array on each side of a measurement. */
const COPY_RUNS = 5;

export async function benchmarkModel(
  config: DecoderConfig,
  weights: ModelWeights,
  rounds: number,
  options: ModelBenchOptions = {},
): Promise<ModelBenchResult> {
  // An embedding that is not the output projection is read a row a token.
  const read = [...weights].filter(([name]) => config.tieWordEmbeddings || name !== "model.embed_tokens.weight");
  const bytes = read.reduce((sum, [, weight]) => sum + weightBytes(weight), 0);
  const decode = await measureDecode(config, weights, options);
  const copyBytesPerSecond = Math.max(...decode.map((part) => part.copyBytesPerSecond));
  return {
    parameters: [...parameterShapes(config).values()].reduce((sum, shape) => sum + sizeOf(shape), 0),
    copyBytesPerSecond,
    weightBytes: bytes,
    decode: decode.map((part) => ({
      ...part,
      tokensPerSecond: (part.rows * 1000) / part.stepMs,
      fractionOfBandwidth: (bytes * 1000) / part.stepMs / part.copyBytesPerSecond,
    })),
    update: await measureUpdate(config, weights, rounds, options),
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  };
}

async function measureDecode(
  config: DecoderConfig,
  weights: ModelWeights,
  { rows = [1, 8, 32], steps = 8, session = {}, copyFloats }: ModelBenchOptions,
): Promise<{ rows: number; stepMs: number; copyBytesPerSecond: number }[]> {
  const model = new OnnxLanguageModel(config, weights, { session, lowMemory: needsLowMemory(config, { activationCheckpointing: false }) });
  const promptIds = Array.from({ length: PROMPT_TOKENS }, (_, i) => i % config.vocabSize);
  const results: { rows: number; stepMs: number; copyBytesPerSecond: number }[] = [];
  const probe = await CopyProbe.open(session, copyFloats);
  try {
    for (const count of rows) {
      const batch = await model.prefill([{ promptIds, rows: count }], { maxNewTokens: steps + 2, temperature: 0 });
      const times: number[] = [];
      const copied = await probe.measure(COPY_RUNS);
      // The first step opens the session, the second maps its memory.
      for (let step = 0; step < steps + 2; step++) {
        const startMs = performance.now();
        await batch.step(new Int32Array(count).fill(step % config.vocabSize));
        if (step > 1) times.push(performance.now() - startMs);
      }
      batch.dispose();
      copied.push(...(await probe.measure(COPY_RUNS)));
      results.push({ rows: count, stepMs: median(times), copyBytesPerSecond: median(copied) });
    }
    return results;
  } finally {
    await probe.close();
    await model.dispose();
  }
}

/** Loss and gradients of an adapter on every layer: forward and backward through frozen weights, 4 operations a weight and token. */
async function measureUpdate(
  config: DecoderConfig,
  weights: ModelWeights,
  rounds: number,
  { updateSequences = 4, updateTokens = 256, session = {} }: ModelBenchOptions,
): Promise<ModelBenchResult["update"]> {
  const length = Math.min(updateTokens, config.maxPositionEmbeddings);
  const policy = await OnnxPolicy.create({
    config,
    parameters: weights,
    lossShape: LOSS,
    lora: { rank: RANK, alpha: RANK, dropout: 0, targets: LORA_TARGETS },
    seed: 1,
    session,
    lowMemory: needsLowMemory(config, { activationCheckpointing: false }),
    packing: { ...DEFAULT_PACKING, tokensPerMicroBatch: updateSequences * length, rowTokens: length, bundleTokens: 0 },
  });
  const probe = await GemmProbe.open(session);
  const random = new Random(3);
  const samples = Array.from({ length: updateSequences }, (): LossSample => {
    const responseIds = Array.from({ length: length - 1 }, () => random.integer(config.vocabSize));
    return { promptIds: [1], responseIds, advantage: 0, cloningWeights: new Float32Array(length - 1).fill(1 / length) };
  });
  const tokens = updateSequences * length;
  try {
    await policy.accumulate(samples);
    const results: { ms: number; gemm: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      const before = median(await probe.measure(5));
      const startMs = performance.now();
      await policy.accumulate(samples);
      const ms = performance.now() - startMs;
      results.push({ ms, gemm: (before + median(await probe.measure(5))) / 2 });
    }
    const gflopsOf = (ms: number): number => adapterUpdateFlops(config, tokens, length) / ms / 1e6;
    const ms = median(results.map((result) => result.ms));
    return {
      tokensPerSecond: (tokens * 1000) / ms,
      gflops: gflopsOf(ms),
      gemmGflops: median(results.map((result) => result.gemm)),
      fractionOfGemm: median(results.map((result) => gflopsOf(result.ms) / result.gemm)),
    };
  } finally {
    policy.dispose();
    await probe.close();
  }
}

/** Adapters themselves are not counted, attention over the whole square is. */
export function adapterUpdateFlops(config: DecoderConfig, tokens: number, length: number): number {
  let matrices = config.vocabSize * config.hiddenSize;
  for (const [name, shape] of parameterShapes(config)) if (name.endsWith("_proj.weight")) matrices += sizeOf(shape);
  return tokens * (4 * matrices + 12 * config.numLayers * config.numHeads * config.headDim * length);
}
