// Speed of one full-parameter update (loss, gradients, AdamW) on the decoder that the speed target names, as tokens a second and
// as a fraction of the matrix-product speed measured around it.

import { workerCount } from "../decoding/worker-count.ts";
import { openPolicy } from "../grpo/open-policy.ts";
import type { LossSample, LossShape, OptimizerSettings } from "../grpo/policy-model.ts";
import type { DecoderConfig } from "../model/config.ts";
import { initialiseParameters } from "../model/initialise.ts";
import type { SessionOptions } from "../onnx/session.ts";
import { Random } from "../tensor/random.ts";
import { GemmProbe, median } from "./gemm-bench.ts";
import { BENCHMARK_DECODER } from "./rollout-bench.ts";

/** With an output projection of its own, as the target's 5.3 million parameters imply. */
export const UPDATE_DECODER: DecoderConfig = { ...BENCHMARK_DECODER, tieWordEmbeddings: false };

export interface UpdateWorkload {
  readonly sequences: number;
  /** Every token but the first is a scored response token. */
  readonly tokensPerSequence: number;
  readonly tokensPerMicroBatch: number;
}

/** Two micro-batches, or what threads make of it: as fast as one, in little more than half the memory. */
export const UPDATE_WORKLOAD: UpdateWorkload = { sequences: 16, tokensPerSequence: 256, tokensPerMicroBatch: 2048 };

export interface UpdateBenchResult {
  readonly tokensPerSecond: number;
  /** 6 x parameters + 12 x layers x hidden size x sequence length floating-point operations a token, per second. */
  readonly gflops: number;
  /** Median over the rounds of this, measured between them. */
  readonly gemmGflops: number;
  /** Median over the rounds of each round's rate by the matrix-product rate just before and after it. */
  readonly fractionOfGemm: number;
  /** Medians of the two parts of a round. */
  readonly gradientMs: number;
  readonly optimizerMs: number;
  readonly parameters: number;
  /** Threads that shared the samples out among themselves. */
  readonly workers: number;
  readonly peakRssBytes: number;
}

const LOSS_SHAPE: LossShape = { epsilonLow: 0.2, epsilonHigh: 0.2, klEstimator: "k3", importanceLevel: "token", temperature: 1 };
const OPTIMIZER: OptimizerSettings = { learningRate: 1e-3, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, maxGradNorm: 1 };
/** Memory is mapped and the thread pool spun up in the first rounds. */
const WARM_UP_ROUNDS = 3;

/** Median of `rounds` updates after the warm-up. */
export async function benchmarkUpdate(
  rounds: number,
  options: {
    readonly config?: DecoderConfig;
    readonly workload?: UpdateWorkload;
    readonly session?: SessionOptions;
    readonly workers?: number;
  } = {},
): Promise<UpdateBenchResult> {
  const { config = UPDATE_DECODER, workload = UPDATE_WORKLOAD, session = {} } = options;
  const initial = initialiseParameters(config, 1);
  const parameters = [...initial.values()].reduce((sum, { data }) => sum + data.length, 0);
  const tokens = workload.sequences * workload.tokensPerSequence;
  const flops = tokens * (6 * parameters + 12 * config.numLayers * config.hiddenSize * workload.tokensPerSequence);
  const workers = workerCount(options.workers ?? 0, initial, session);
  const policyOptions = {
    config,
    parameters: initial,
    lossShape: LOSS_SHAPE,
    seed: 1,
    session,
    packing: { tokensPerMicroBatch: workload.tokensPerMicroBatch, rowTokens: workload.tokensPerSequence, bundleTokens: 0 },
  };
  const policy = await openPolicy(policyOptions, workers);
  const probe = await GemmProbe.open(session);
  const samples = randomSamples(config.vocabSize, workload);
  const roundOf = async (): Promise<{ gradientMs: number; optimizerMs: number }> => {
    const startMs = performance.now();
    await policy.accumulate(samples);
    const middleMs = performance.now();
    await policy.update(OPTIMIZER);
    return { gradientMs: middleMs - startMs, optimizerMs: performance.now() - middleMs };
  };
  try {
    for (let round = 0; round < WARM_UP_ROUNDS; round++) await roundOf();
    let gemmBefore = median(await probe.measure(15));
    const results: { gradientMs: number; optimizerMs: number; gflops: number; gemm: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      const times = await roundOf();
      const gemmAfter = median(await probe.measure(15));
      const gflops = flops / (times.gradientMs + times.optimizerMs) / 1e6;
      results.push({ ...times, gflops, gemm: (gemmBefore + gemmAfter) / 2 });
      gemmBefore = gemmAfter;
    }
    const gflops = median(results.map((result) => result.gflops));
    return {
      tokensPerSecond: (tokens * gflops * 1e9) / flops,
      gflops,
      gemmGflops: median(results.map((result) => result.gemm)),
      fractionOfGemm: median(results.map((result) => result.gflops / result.gemm)),
      gradientMs: median(results.map((result) => result.gradientMs)),
      optimizerMs: median(results.map((result) => result.optimizerMs)),
      parameters,
      workers,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    };
  } finally {
    await policy.dispose();
    await probe.close();
  }
}

function randomSamples(vocabSize: number, { sequences, tokensPerSequence }: UpdateWorkload): LossSample[] {
  const random = new Random(3);
  const scored = tokensPerSequence - 1;
  return Array.from({ length: sequences }, () => ({
    promptIds: [1],
    responseIds: Array.from({ length: scored }, () => random.integer(vocabSize)),
    advantage: 0,
    cloningWeights: new Float32Array(scored).fill(1 / (sequences * scored)),
  }));
}
