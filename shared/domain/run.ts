// A training run as lists and pages show it.

export type RunStatus = "running" | "interrupted" | "paused" | "finished" | "failed" | "cancelled";

export interface RunSummary {
  readonly id: number;
  readonly name: string;
  /** raif | grpo | sft */
  readonly method: string;
  readonly recipe: string | null;
  readonly baseModel: string;
  readonly dataset: string | null;
  readonly status: RunStatus;
  /** What stopped a failed run. */
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly seed: number;
  readonly device: string;
  /** Last stored step, 0 before the first. */
  readonly lastStep: number;
  readonly totalSteps: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly endedAtMs: number | null;
  readonly notes: string;
  readonly tags: readonly string[];
  readonly archived: boolean;
  /** Mean total reward of the newest step that has one. */
  readonly lastReward: number | null;
  /** The run this one was forked from. */
  readonly forkedFrom: { readonly runId: number; readonly step: number } | null;
}

export interface CheckpointSummary {
  readonly id: number;
  readonly step: number;
  /** Only resumable ones can be gone on from with the optimiser's state. */
  readonly kind: "resumable" | "weights";
  readonly content: "full" | "adapter";
  readonly hash: string;
  readonly sizeBytes: number;
  readonly createdAtMs: number;
}

export interface RunDetail extends RunSummary {
  /** Settings by their dotted key, e.g. "superiorCot.thinkSamples". */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly configHash: string;
  readonly dataHash: string;
  readonly modelHash: string;
  readonly tokenizerHash: string;
  readonly chatTemplateHash: string;
  readonly engineVersion: string;
  readonly checkpoints: readonly CheckpointSummary[];
  /** Names of the metrics and timings that have values. */
  readonly metricNames: readonly string[];
}

/** One metric of one run, down-sampled to what a chart can show. */
export interface MetricSeries {
  readonly runId: number;
  readonly name: string;
  readonly steps: readonly number[];
  /** null where the step had no value. Down-sampled series keep the extremes of each bucket. */
  readonly values: readonly (number | null)[];
  /** Points before down-sampling. */
  readonly totalPoints: number;
}

/** One setting over several runs. */
export interface SettingComparison {
  readonly key: string;
  /** In the order of the runs asked for; null where a run has no such setting. */
  readonly values: readonly unknown[];
  readonly differs: boolean;
}
