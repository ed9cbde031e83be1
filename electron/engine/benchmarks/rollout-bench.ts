// Rollout speed on the decoder that the speed target names, as tokens a second and as a fraction of the matrix-product speed
// measured around it. Runs a few batches of fixed length (no stopping), so the work is the same on every machine.

import { generate } from "../decoding/generate.ts";
import { OnnxLanguageModel } from "../decoding/onnx-language-model.ts";
import { ThreadedLanguageModel } from "../decoding/threaded-language-model.ts";
import { workerCount } from "../decoding/worker-count.ts";
import { PLAIN_DECODER, type DecoderConfig } from "../model/config.ts";
import { initialiseParameters } from "../model/initialise.ts";
import type { SessionOptions } from "../onnx/session.ts";
import { Random } from "../tensor/random.ts";
import { GemmProbe, median } from "./gemm-bench.ts";

/** 5.3 million parameters. */
export const BENCHMARK_DECODER: DecoderConfig = {
  ...PLAIN_DECODER,
  modelType: "llama",
  vocabSize: 1024,
  hiddenSize: 256,
  numLayers: 6,
  numHeads: 4,
  numKvHeads: 4,
  headDim: 64,
  intermediateSize: 704,
  rmsNormEps: 1e-5,
  ropeTheta: 10000,
  tieWordEmbeddings: true,
  qkvBias: false,
  qkNorm: false,
  maxPositionEmbeddings: 1024,
  eosTokenIds: [],
  bosTokenId: null,
};

export interface RolloutWorkload {
  readonly prompts: number;
  readonly samplesPerPrompt: number;
  readonly promptTokens: number;
  readonly newTokens: number;
}

export const ROLLOUT_WORKLOAD: RolloutWorkload = { prompts: 8, samplesPerPrompt: 8, promptTokens: 64, newTokens: 192 };

export interface RolloutBenchResult {
  readonly tokensPerSecond: number;
  /** Matrix products of projections, head and attention, per second. */
  readonly gflops: number;
  /** Median over the rounds of this, measured between them. */
  readonly gemmGflops: number;
  /** Median over the rounds of each round's rate by the matrix-product rate just before and after it. */
  readonly fractionOfGemm: number;
  /** What new weights cost: merging them, building the decode session, and its first step. */
  readonly newWeightsMs: number;
  /** Threads that shared the rows out among themselves. */
  readonly workers: number;
  readonly peakRssBytes: number;
}

/** Memory is mapped and code compiled in the first rounds. */
const WARM_UP_ROUNDS = 3;

/** Median of `rounds` rollouts after the warm-up. */
export async function benchmarkRollout(
  rounds: number,
  options: {
    readonly config?: DecoderConfig;
    readonly workload?: RolloutWorkload;
    readonly session?: SessionOptions;
    readonly workers?: number;
  } = {},
): Promise<RolloutBenchResult> {
  const { config = BENCHMARK_DECODER, workload = ROLLOUT_WORKLOAD, session = {} } = options;
  const parameters = initialiseParameters(config, 1);
  const workers = workerCount(options.workers ?? 0, parameters, session);
  const model =
    workers > 1
      ? new ThreadedLanguageModel(config, parameters, workers, { session })
      : new OnnxLanguageModel(config, parameters, { session });
  const probe = await GemmProbe.open(session);
  const random = new Random(1);
  const groups = Array.from({ length: workload.prompts }, (_, prompt) => ({
    promptIds: Array.from({ length: workload.promptTokens }, () => random.integer(config.vocabSize)),
    seeds: Array.from({ length: workload.samplesPerPrompt }, (_row, row) => prompt * 1000 + row),
  }));
  const settings = { temperature: 1, topK: 0, topP: 1, maxNewTokens: workload.newTokens, stopTokenIds: [], stopStrings: [] };
  const tokens = workload.prompts * workload.samplesPerPrompt * workload.newTokens;
  const roundMs = async (): Promise<number> => {
    const startMs = performance.now();
    await generate(model, groups, settings);
    return performance.now() - startMs;
  };
  try {
    for (let round = 0; round < WARM_UP_ROUNDS; round++) await roundMs();
    let gemmBefore = median(await probe.measure(15));
    const flops = rolloutFlops(config, workload);
    const results: { tokensPerSecond: number; gflops: number; gemm: number; fraction: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      const totalMs = await roundMs();
      const gemmAfter = median(await probe.measure(15));
      const gemm = (gemmBefore + gemmAfter) / 2;
      gemmBefore = gemmAfter;
      const gflops = flops / totalMs / 1e6;
      results.push({ tokensPerSecond: (tokens * 1000) / totalMs, gflops, gemm, fraction: gflops / gemm });
    }
    const startMs = performance.now();
    await model.setParameters(parameters);
    const seeds = Array.from({ length: workers }, (_, seed) => seed);
    await generate(model, [{ promptIds: [1], seeds }], { ...settings, maxNewTokens: 2 });
    const newWeightsMs = performance.now() - startMs;
    return {
      tokensPerSecond: median(results.map((result) => result.tokensPerSecond)),
      gflops: median(results.map((result) => result.gflops)),
      gemmGflops: median(results.map((result) => result.gemm)),
      fractionOfGemm: median(results.map((result) => result.fraction)),
      newWeightsMs,
      workers,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    };
  } finally {
    await model.dispose();
    await probe.close();
  }
}

/**
 * Multiply-adds counted twice. Prompts are counted once each and only their last position's head; a sampled token attends to what
 * is really before it, itself included; the last sampled token of a row is never fed back.
 */
export function rolloutFlops(config: DecoderConfig, workload: RolloutWorkload): number {
  const { hiddenSize: d, numHeads, numKvHeads, headDim, intermediateSize, numLayers, vocabSize } = config;
  const perLayer = d * headDim * (2 * numHeads + 2 * numKvHeads) + 3 * d * intermediateSize;
  const body = 2 * numLayers * perLayer;
  const head = 2 * d * vocabSize;
  const attentionTo = (positions: number): number => 4 * numLayers * numHeads * headDim * positions;
  let prompt = head;
  for (let t = 1; t <= workload.promptTokens; t++) prompt += body + attentionTo(t);
  let row = 0;
  for (let t = 1; t < workload.newTokens; t++) row += body + head + attentionTo(workload.promptTokens + t);
  return workload.prompts * (prompt + workload.samplesPerPrompt * row);
}
