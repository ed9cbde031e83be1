// The trainable policy as the trainer sees it: score responses, accumulate gradients of the weighted loss, update. The real
// one runs ONNX graphs; tests give a small exact one. Nothing here knows rewards or prompts.

import type { HostTensor } from "../tensor/tensor.ts";

/** Settings that shape the loss graph (fixed for a run). Method document, section 4. */
export interface LossShape {
  readonly epsilonLow: number;
  readonly epsilonHigh: number;
  readonly klEstimator: "k1" | "k2" | "k3";
  /** token: PPO ratio per token; sequence: GSPO, exp of the mean log-ratio over the sample's policy tokens. */
  readonly importanceLevel: "token" | "sequence";
  /** Log-probabilities are of softmax(logits / temperature). */
  readonly temperature: number;
}

/**
 * One sequence with per-response-token weights. Loss of a batch = sum over samples and tokens of
 * policyWeight * policyTerm + klWeight * kl + cloningWeight * (-logp). Weights already carry every coefficient, mean and
 * aggregation, normalised over the whole optimiser step, so accumulating micro-batches adds up to the same loss.
 */
export interface LossSample {
  readonly promptIds: readonly number[];
  readonly responseIds: readonly number[];
  readonly advantage: number;
  /** [responseIds.length] each; absent = all zero. */
  readonly policyWeights?: Float32Array;
  readonly klWeights?: Float32Array;
  readonly cloningWeights?: Float32Array;
  /** Absent = on-policy: the current log-probability, detached. */
  readonly oldLogProbs?: Float32Array;
  /** Absent = no KL term whatever klWeights says. */
  readonly refLogProbs?: Float32Array;
}

export interface LossOutput {
  readonly loss: number;
  readonly policyLoss: number;
  readonly kl: number;
  readonly cloningLoss: number;
  /** Per sample [responseIds.length], under the weights before the update. */
  readonly logProbs: readonly Float32Array[];
  readonly entropies: readonly Float32Array[];
}

export interface OptimizerSettings {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Global norm clip; 0 = off. */
  readonly maxGradNorm: number;
}

/** Everything needed to go on bit for bit: trainable parameters by Hugging Face name, Adam moments, update count. */
export interface PolicyState {
  readonly parameters: ReadonlyMap<string, HostTensor>;
  readonly firstMoments: ReadonlyMap<string, HostTensor>;
  readonly secondMoments: ReadonlyMap<string, HostTensor>;
  readonly updates: number;
}

export interface PolicyModel {
  /** Log-probabilities of the response tokens; "reference" is the frozen initial policy (adapter off, or a frozen copy). */
  logProbs(
    samples: readonly { readonly promptIds: readonly number[]; readonly responseIds: readonly number[] }[],
    which: "policy" | "reference",
  ): Promise<Float32Array[]>;
  /** Adds the gradient of this batch's loss to the accumulated gradient. Splits into micro-batches itself. Throws "non-finite". */
  accumulate(samples: readonly LossSample[]): Promise<LossOutput>;
  /** Clip, AdamW, clear the accumulated gradient. Returns the norm before clipping. Throws "non-finite" and leaves the weights alone. */
  update(settings: OptimizerSettings): Promise<{ readonly gradNorm: number }>;
  /** Most tokens of a micro-batch since memory ran out; undefined while it never did. */
  readonly loweredMicroBatch?: number | undefined;
  exportState(): PolicyState | Promise<PolicyState>;
  /** Throws "invalid-model" where a tensor does not fit. */
  importState(state: PolicyState): void | Promise<void>;
  dispose(): void | Promise<void>;
}
