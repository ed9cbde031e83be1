// What the trainer hands over after one step: the whole of it, to be stored in one transaction.

import type { Reward } from "../../shared/domain/verdict.ts";
import type { CheckpointInput } from "./checkpoints.ts";
import type { RunId } from "./ids.ts";

/** With reasoning, or with a forced-empty think block. */
export type RolloutMode = "think" | "empty";

export interface StepRecord {
  readonly runId: RunId;
  /** 1 is the first. */
  readonly step: number;
  /** Identify what produced the step's texts (SHA-256 hex). */
  readonly hashes: StepHashes;
  /** State of the run's random stream after the step, as JSON. */
  readonly random: unknown;
  /** Position in the data after the step (epoch, offset, cloning cursor), as JSON. */
  readonly cursor: unknown;
  /** Deterministic numbers by TRL's names; NaN is kept as "no value". */
  readonly metrics: Readonly<Record<string, number>>;
  /** Wall-clock durations; not part of a run's digest. */
  readonly timingsMs?: Readonly<Record<string, number>> | undefined;
  /** Empty for supervised training. */
  readonly groups: readonly GroupRecord[];
  readonly expertSamples?: readonly ExpertSampleRecord[] | undefined;
  readonly checkpoint?: CheckpointInput | undefined;
}

export interface StepHashes {
  /** Base weights, or the full weights that sampled. */
  readonly model: string;
  readonly adapter?: string | undefined;
  readonly chatTemplate: string;
  /** Sampling settings; absent for supervised training. */
  readonly sampler?: string | undefined;
}

/** All samples of one prompt. */
export interface GroupRecord {
  /** Position in the step, from 0. */
  readonly groupIndex: number;
  /** Id of the instruction record. */
  readonly recordId: string;
  /** One per mode that occurs among the rollouts, pre-fill included. */
  readonly prompts: Readonly<Partial<Record<RolloutMode, { readonly text: string; readonly tokenIds: Uint32Array | readonly number[] }>>>;
  /** Whether it took part in the update. */
  readonly kept: boolean;
  readonly dropReason?: string | undefined;
  /** Whatever explains the decision (margins, means), as JSON. */
  readonly details?: unknown;
  readonly rollouts: readonly RolloutRecord[];
}

export interface RolloutRecord {
  /** Position in the group, from 0. */
  readonly sampleIndex: number;
  readonly mode: RolloutMode;
  /** [T] sampled tokens, the stop token included. */
  readonly tokenIds: Uint32Array | readonly number[];
  /** [T] as the sampler drew them. */
  readonly logProbs: Float32Array;
  /** [T] under the trainer's weights before the update. */
  readonly oldLogProbs?: Float32Array | undefined;
  /** [T] under the reference policy. */
  readonly refLogProbs?: Float32Array | undefined;
  /** [T] in nats. */
  readonly entropies?: Float32Array | undefined;
  /** The decoded response as it is. */
  readonly text: string;
  /** Parts of `text`; absent where the format does not give them. */
  readonly think?: string | undefined;
  readonly answer?: string | undefined;
  /** stop | length | cancelled */
  readonly finish: string;
  /** Seed of the row's random stream. */
  readonly seed: number;
  readonly reward: Reward;
  readonly advantage?: number | undefined;
  /** Whether its tokens were in the loss. */
  readonly trained: boolean;
}

/** One expert demonstration in the step's cloning or supervised loss. */
export interface ExpertSampleRecord {
  readonly sampleIndex: number;
  readonly recordId: string;
  readonly tokenCount: number;
  /** Mean cross-entropy of its response tokens in nats. */
  readonly loss?: number | undefined;
}
