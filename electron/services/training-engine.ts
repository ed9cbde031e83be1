// What a training run needs of a model: tokenizer and template, a trainable policy, a sampler over its current weights, and
// fingerprints. The real one is onnx-training-engine.ts.

import type { DeviceChoice, DeviceRequest } from "../../shared/domain/device.ts";
import type { TrainingConfig } from "../engine/grpo/config.ts";
import type { PolicyModel } from "../engine/grpo/policy-model.ts";
import type { RolloutSampler } from "../engine/rollout/rollout.ts";
import type { ChatTemplate } from "../engine/tokenizer/chat-template.ts";
import type { Tokenizer } from "../engine/tokenizer/tokenizer.ts";

export interface TrainingEngine {
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  /** Most positions of prompt and response together. */
  readonly contextTokens: number;
  /** SHA-256 hex. */
  readonly fingerprints: { readonly model: string; readonly tokenizer: string; readonly chatTemplate: string };
  /** Where it computes, and why. */
  readonly device: DeviceChoice;
  /** Threads that share a step out among themselves; 1: none do. Part of what a run needs to repeat its bits. */
  readonly workers: number;
  readonly policy: PolicyModel;
  readonly sampler: RolloutSampler;
  dispose(): Promise<void>;
}

export interface TrainingEngineRequest {
  readonly modelFolder: string;
  readonly config: TrainingConfig;
  readonly device: DeviceRequest;
  readonly signal?: AbortSignal;
  /** Memory ran out; micro-batches hold at most so many tokens from now on, with the same results. */
  readonly onMicroBatchLowered?: ((tokensPerMicroBatch: number) => void) | undefined;
}

export type OpenTrainingEngine = (request: TrainingEngineRequest) => Promise<TrainingEngine>;
