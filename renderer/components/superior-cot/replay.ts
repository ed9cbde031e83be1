// Superior CoT decided again: what another threshold would have kept of stored groups. The arithmetic only; at threshold 0 it is the
// decision of the run itself.

import type { SuperiorCotGroup, SuperiorCotRun, SuperiorCotStep } from "../../../shared/domain/superior-cot.ts";

/** What a run decided with. */
export const OWN_THRESHOLD = 0;

export interface ReplayedStep {
  readonly step: number;
  readonly groups: number;
  readonly kept: number;
  /** Groups decided otherwise than at the run's own threshold. */
  readonly changed: number;
}

/** A group with nothing to compare is always kept; so is one that the all-equal clause keeps. */
function keptAt(margin: number, threshold: number, allEqualKeeps: boolean): boolean {
  return margin >= threshold || allEqualKeeps;
}

export function replayStep({ step, notCompared, margins, equal }: SuperiorCotStep, threshold: number): ReplayedStep {
  let kept = notCompared;
  let changed = 0;
  for (const [index, margin] of margins.entries()) {
    const allEqualKeeps = equal[index] === true;
    const now = keptAt(margin, threshold, allEqualKeeps);
    if (now) kept += 1;
    if (now !== keptAt(margin, OWN_THRESHOLD, allEqualKeeps)) changed += 1;
  }
  return { step, groups: notCompared + margins.length, kept, changed };
}

export interface Replay {
  readonly steps: readonly ReplayedStep[];
  /** Share of all groups, null without any. */
  readonly keepRatio: number | null;
  readonly changed: number;
}

export function replayRun(run: Pick<SuperiorCotRun, "steps">, threshold: number): Replay {
  const steps = run.steps.map((step) => replayStep(step, threshold));
  const total = (pick: (step: ReplayedStep) => number): number => steps.reduce((sum, step) => sum + pick(step), 0);
  const groups = total((step) => step.groups);
  return { steps, keepRatio: groups === 0 ? null : total((step) => step.kept) / groups, changed: total((step) => step.changed) };
}

export interface ReplayedGroup {
  readonly kept: boolean;
  /** Whether the run's own threshold decides otherwise. */
  readonly changed: boolean;
  /** One sentence for a person. */
  readonly why: string;
}

export function replayGroup(
  group: Pick<SuperiorCotGroup, "margin" | "thinkRewardsEqual">,
  threshold: number,
  settings: Pick<SuperiorCotRun, "keepWhenAllEqual">,
): ReplayedGroup {
  if (group.margin === null) return { kept: true, changed: false, why: "nothing to compare with" };
  const allEqualKeeps = settings.keepWhenAllEqual && group.thinkRewardsEqual;
  const kept = keptAt(group.margin, threshold, allEqualKeeps);
  const changed = kept !== keptAt(group.margin, OWN_THRESHOLD, allEqualKeeps);
  return { kept, changed, why: whyDecided(group.margin, threshold, kept) };
}

function whyDecided(margin: number, threshold: number, kept: boolean): string {
  if (margin >= threshold) {
    if (margin > 0) return "reasoning does better";
    return margin === 0 ? "reasoning does as well" : "worse with reasoning, but within the threshold";
  }
  if (kept) return "all rewards with reasoning are equal";
  return margin < 0 ? "the best with reasoning is worse than the worst without" : "reasoning is not better by enough";
}

/** Ends of the slider: every margin of the run lies between them, and 0 in the middle of them where there is room. */
export function thresholdRange(run: Pick<SuperiorCotRun, "steps">): { readonly low: number; readonly high: number } {
  let size = 1;
  for (const { margins } of run.steps) for (const margin of margins) size = Math.max(size, Math.abs(margin));
  // One notch beyond the largest margin, so that the end of the slider drops every compared group.
  const end = Math.min(10, Math.floor(size) + 1);
  return { low: -end, high: end };
}

/** How good one accuracy is, 0 to 1, for drawing: 2 is everything, a negative one nothing, between them the share of checks. */
export function accuracyShare(accuracy: number): number {
  if (accuracy <= 0) return 0;
  return accuracy >= 1 ? 1 : accuracy;
}
