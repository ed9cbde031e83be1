// The superior-CoT decision as stored: per group, accuracies with and without reasoning, kept or dropped and why. A replay decides
// again with another threshold; at 0 it is the decision of the paper.

export interface SuperiorCotGroup {
  readonly groupId: number;
  readonly step: number;
  readonly groupIndex: number;
  readonly recordId: string;
  /** Accuracy rewards; the second list is empty where nothing was compared. */
  readonly thinkAccuracies: readonly number[];
  readonly emptyAccuracies: readonly number[];
  readonly thinkRolloutIds: readonly number[];
  readonly emptyRolloutIds: readonly number[];
  /** max(with) - min(without); null where nothing was compared. */
  readonly margin: number | null;
  /** What the run decided. */
  readonly kept: boolean;
  readonly reason: "not-compared" | "reasoning-pays" | "all-equal" | "reasoning-does-not-pay" | null;
  /** Why the group was left out of training, superior CoT or another filter. */
  readonly dropReason: string | null;
  /** Whether all responses with reasoning have the same total reward. */
  readonly thinkRewardsEqual: boolean;
}

export interface SuperiorCotRun {
  /** False for a run that was trained without the filter: a replay shows what it would have done. */
  readonly enabled: boolean;
  readonly keepWhenAllEqual: boolean;
  readonly groups: number;
  readonly compared: number;
  /** One row a step: margins of the compared groups, so that any threshold can be replayed without another call. */
  readonly steps: readonly SuperiorCotStep[];
}

export interface SuperiorCotStep {
  readonly step: number;
  readonly notCompared: number;
  /** Margins of compared groups; `equal` says at the same position whether the all-equal clause keeps the group anyway. */
  readonly margins: readonly number[];
  readonly equal: readonly boolean[];
  /** What the run decided, as a share of all groups of the step. */
  readonly storedKeepRatio: number;
  readonly thinkAccuracy: number | null;
  readonly emptyAccuracy: number | null;
}
