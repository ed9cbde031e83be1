// The way from the verdicts to the advantage as lines of a sum that a person can follow with a pencil.

import type { RewardArithmetic, TraceDetail } from "../../../shared/domain/trace-detail.ts";

export interface RewardStep {
  /** How the line joins the ones above it: nothing for the first, "=" for a result. */
  readonly sign: "" | "+" | "\u2212" | "\u00f7" | "=";
  readonly label: string;
  readonly value: number;
  readonly note: string;
  /** A result that the eye should find. */
  readonly result: boolean;
}

export interface CheckCount {
  readonly passed: number;
  readonly active: number;
}

/** Lines in order; those that would change nothing (no length penalty, a deviation of 0) are left out, as is everything after the reward without statistics. */
export function rewardSteps(arithmetic: RewardArithmetic, { passed, active }: CheckCount, formatExplanation: string): RewardStep[] {
  const { format, accuracy, total, accuracyRule, overlongPenalty, shaped, groupMean, groupStd, statistics, scaling } = arithmetic;
  const steps: RewardStep[] = [
    { sign: "", label: "format", value: format, note: formatExplanation, result: false },
    {
      sign: "+",
      label: "accuracy",
      value: accuracy,
      note: arithmetic.gateExplanation ?? `${passed} of ${active} hold: ${accuracyRule}`,
      result: false,
    },
    { sign: "=", label: "reward", value: total, note: "", result: true },
  ];
  if (overlongPenalty !== 0) {
    steps.push(
      { sign: "\u2212", label: "length", value: overlongPenalty, note: "for coming close to the length limit", result: false },
      { sign: "=", label: "shaped reward", value: shaped, note: "", result: true },
    );
  }
  if (groupMean === null) return steps;
  const samples = statistics.length === 0 ? "" : `of ${statistics.length} samples of this prompt`;
  steps.push({ sign: "\u2212", label: "group's mean", value: groupMean, note: samples, result: false });
  if (scaling !== "none" && groupStd !== null && groupStd > 0) {
    const label = scaling === "batch" ? "batch's deviation" : "group's deviation";
    steps.push({
      sign: "\u00f7",
      label,
      value: groupStd,
      note: scaling === "batch" ? "of all samples of the step" : "of the same samples",
      result: false,
    });
  }
  const advantage = arithmetic.storedAdvantage ?? arithmetic.recomputedAdvantage;
  if (advantage !== null) steps.push({ sign: "=", label: "advantage", value: advantage, note: arithmetic.explanation, result: true });
  return steps;
}

const DECISIONS: Readonly<Record<string, string>> = {
  "not-compared": "nothing to compare with, so the group stays",
  "reasoning-pays": "the best answer with reasoning is at least as good as the worst one without, so the group stays",
  "all-equal": "all answers are equally good, so the group stays",
  "reasoning-does-not-pay": "even the best answer with reasoning is worse than the worst one without, so the group is left out",
};

/** What the superior-CoT filter decided about the group, with the margin it decided by. */
export function decisionWords({ reason, margin }: NonNullable<TraceDetail["superiorCot"]>): string {
  const words = DECISIONS[reason] ?? reason;
  return margin === null ? words : `${words} (margin ${margin.toFixed(2).replace("-", "\u2212")})`;
}

/** How far the stored advantage may be from the recomputed one, which lacks the training's small constant in the divisor. */
const TOLERANCE = 0.01;

/** A sentence where stored and recomputed advantage do not agree. */
export function disagreement({ storedAdvantage, recomputedAdvantage }: RewardArithmetic): string | undefined {
  if (storedAdvantage === null || recomputedAdvantage === null) return undefined;
  const far = Math.abs(storedAdvantage - recomputedAdvantage) > TOLERANCE * Math.max(1, Math.abs(storedAdvantage));
  return far ? `The sum gives ${recomputedAdvantage.toFixed(3)}, but ${storedAdvantage.toFixed(3)} is stored.` : undefined;
}
