// Per-token loss weights: how a sum over tokens becomes the mean a loss aggregation asks for. Weights are normalised over the
// whole optimiser step, so micro-batches add up to the same loss however they are cut.

export interface WeightedSample {
  /** Response tokens. */
  readonly length: number;
  /** False: no loss, but the sample stays in the denominators that count samples (overlong masking, masked dropped groups). */
  readonly included: boolean;
}

export interface AggregationSettings {
  readonly lossAggregation: "grpo" | "dr_grpo" | "dapo" | "bnpo";
  readonly maxNewTokens: number;
  readonly policySamplesPerMicroStep: number;
}

/**
 * The weight of each token of each sample; 0 where a sample is not included. With N samples and lengths L:
 * grpo 1/(N L_i), dr_grpo 1/(N maxNewTokens), dapo 1/(sum of included L), bnpo 1/(M x included tokens of its micro-step) for M
 * micro-steps. As in TRL, masked samples count in N but their tokens do not count.
 */
export function policyTokenWeights(samples: readonly WeightedSample[], settings: AggregationSettings): number[] {
  const count = samples.length;
  switch (settings.lossAggregation) {
    case "grpo":
      return samples.map((sample) => (sample.included ? 1 / (count * sample.length) : 0));
    case "dr_grpo":
      return samples.map((sample) => (sample.included ? 1 / (count * settings.maxNewTokens) : 0));
    case "dapo":
      return perTokenMean(samples, 1);
    case "bnpo": {
      const size = settings.policySamplesPerMicroStep;
      const microSteps = Math.ceil(count / size);
      return Array.from({ length: microSteps }, (_, m) => perTokenMean(samples.slice(m * size, (m + 1) * size), microSteps)).flat();
    }
  }
}

function perTokenMean(samples: readonly WeightedSample[], share: number): number[] {
  const tokens = samples.reduce((sum, sample) => sum + (sample.included ? sample.length : 0), 0);
  return samples.map((sample) => (sample.included ? 1 / (share * tokens) : 0));
}

/** Per-token factors min(cap, exp(trainer - sampler)): truncated importance sampling between sampler and trainer. */
export function importanceFactors(trainer: Float32Array, sampler: Float32Array, cap: number): Float32Array {
  return Float32Array.from(trainer, (value, t) => Math.min(cap, Math.exp(value - (sampler[t] as number))));
}
