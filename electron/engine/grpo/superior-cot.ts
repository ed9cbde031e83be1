// Superior-CoT enforcement: a group is trained on only if its best reasoned response does at least as well as its worst
// response without reasoning (arXiv 2506.01413, experience replay buffer). Only the verdict lives here; sampling the
// forced-empty responses and scoring them with the think gate off is the step's work.

export interface SuperiorCotGroup {
  /** Accuracy rewards of the responses with reasoning. */
  readonly thinkAccuracies: readonly number[];
  /** Accuracy rewards of the forced-empty responses; empty list = the comparison does not apply (maths, switched off). */
  readonly emptyAccuracies: readonly number[];
  /** Total rewards of the responses with reasoning. */
  readonly thinkRewards: readonly number[];
}

export interface SuperiorCotVerdict {
  readonly kept: boolean;
  readonly reason: "not-compared" | "reasoning-pays" | "all-equal" | "reasoning-does-not-pay";
  /** max(accuracy with) - min(accuracy without); kept iff >= 0. Absent where nothing was compared. */
  readonly margin?: number;
}

/** `keepWhenAllEqual` is the released code's extra clause: equal rewards of all reasoned responses keep the group too. */
export function judgeSuperiorCot(group: SuperiorCotGroup, settings: { readonly keepWhenAllEqual: boolean }): SuperiorCotVerdict {
  if (group.emptyAccuracies.length === 0) return { kept: true, reason: "not-compared" };
  const margin = Math.max(...group.thinkAccuracies) - Math.min(...group.emptyAccuracies);
  if (margin >= 0) return { kept: true, reason: "reasoning-pays", margin };
  const equal = group.thinkRewards.every((reward) => reward === group.thinkRewards[0]);
  if (settings.keepWhenAllEqual && equal) return { kept: true, reason: "all-equal", margin };
  return { kept: false, reason: "reasoning-does-not-pay", margin };
}
