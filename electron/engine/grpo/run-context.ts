// What a training run is given from outside and how it reports: policy, sampler, prompts, reward, sink, hooks. Only
// interfaces and the cancellation check; wiring is the services' business.

import { WorkbenchError } from "../../../shared/errors.ts";
import type { Reward } from "../../../shared/domain/verdict.ts";
import type { GenerationHooks } from "../decoding/types.ts";
import type { RolloutPrompt, RolloutSampler } from "../rollout/rollout.ts";
import type { ExpertSource } from "./behaviour-cloning.ts";
import type { TrainingConfig } from "./config.ts";
import type { DataOrder } from "./data-order.ts";
import type { PolicyModel, PolicyState } from "./policy-model.ts";
import type { SftExample } from "./sft.ts";
import type { StepResult } from "./step.ts";

export interface TrainingPrompt extends RolloutPrompt {
  /** The prompt's own demonstration, for same-prompt cloning. */
  readonly expert?: SftExample;
}

export interface PromptSource {
  readonly size: number;
  /** Pure function of the index. */
  promptAt(index: number): TrainingPrompt;
}

export interface RewardRequest {
  readonly promptIndex: number;
  readonly recordId: string;
  /** Pre-fill and generated text. */
  readonly text: string;
  /** False: an empty think block is no fault (forced-empty responses). */
  readonly requireThink: boolean;
}

/** Of many responses at once, in their order: a judge answers its questions together. */
export type RewardFn = (requests: readonly RewardRequest[]) => readonly Reward[] | Promise<readonly Reward[]>;

export type Phase = "rollout" | "reward" | "update" | "save";

/** Where a run stands. All randomness derives from (seed, step, index), so positions are all there is to restore. */
export interface TrainerState {
  /** Completed steps. */
  readonly step: number;
  /** Prompts taken over all epochs. */
  readonly promptPosition: number;
  /** Experts taken over all epochs (independent pairing). */
  readonly expertPosition: number;
}

export const INITIAL_STATE: TrainerState = { step: 0, promptPosition: 0, expertPosition: 0 };

export interface TrainerCheckpoint {
  readonly state: TrainerState;
  readonly policy: PolicyState;
}

export interface RunSink {
  /** Stores a finished step, with the checkpoint where one is due: both or neither. */
  recordStep(result: StepResult, checkpoint: TrainerCheckpoint | undefined): void | Promise<void>;
}

export interface TrainerHooks {
  readonly signal?: AbortSignal;
  /** At the start of each phase of a step (1-based). */
  readonly onPhase?: (phase: Phase, step: number) => void | Promise<void>;
  /** After the step is stored. */
  readonly onStep?: (result: StepResult) => void | Promise<void>;
  readonly onToken?: NonNullable<GenerationHooks["onToken"]>;
  /** Asked once a step, before it is stored; true: it is stored with a checkpoint and the training ends there. */
  readonly shouldStop?: () => boolean;
  /** Milliseconds, monotonic; for timings only. */
  readonly now?: () => number;
}

export interface RunContext {
  readonly config: TrainingConfig;
  readonly policy: PolicyModel;
  readonly sampler: RolloutSampler;
  readonly prompts: PromptSource;
  /** Needed for independent cloning only. */
  readonly experts?: ExpertSource;
  readonly reward: RewardFn;
  readonly hooks: TrainerHooks;
  readonly promptOrder: DataOrder;
  readonly expertOrder?: DataOrder;
}

export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new WorkbenchError("cancelled", "training was cancelled");
}

export function throwIfNotFinite(value: number, what: string): void {
  if (!Number.isFinite(value)) throw new WorkbenchError("non-finite", `${what} is not finite`, { got: String(value) });
}
