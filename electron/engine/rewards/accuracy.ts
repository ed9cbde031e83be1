// From checks to the accuracy part of the reward, and what each check contributes to it. Owns no check and no gate.

import type { RewardMode } from "../../../shared/domain/instruction.ts";
import type { Verdict } from "../../../shared/domain/verdict.ts";
import { WorkbenchError } from "../../../shared/errors.ts";

export const ALL = 2;
export const NOTHING = -2;

/**
 * "boolean" (the paper): 2 if all checks hold, -2 if none, else s/n. "fraction": s/n. "scalar": from -2 to 2 in proportion to the
 * weights of what holds; a label calls it "weighted".
 */
export type AccuracyMode = "boolean" | "fraction" | "scalar";

/** The label's own mode where it has one, else the run's. */
export function accuracyModeOf(label: RewardMode | undefined, run: AccuracyMode): AccuracyMode {
  if (label === undefined) return run;
  return label === "weighted" ? "scalar" : label;
}

/** Accuracy for s of n; under "scalar" these are sums of weights. Throws for n = 0: such a record is refused at load. */
export function instructionAccuracy(passed: number, checks: number, mode: AccuracyMode): number {
  if (checks === 0) throw new WorkbenchError("invalid-record", "no check of the label is active", { expected: "at least one", got: "0" });
  if (mode === "scalar") return NOTHING + ((ALL - NOTHING) * passed) / checks;
  if (mode === "fraction") return passed / checks;
  if (passed === checks) return ALL;
  return passed === 0 ? NOTHING : passed / checks;
}

/**
 * Accuracy of verdicts with weights in the same order, and each verdict with its share; shares sum to the accuracy up to rounding.
 * - boolean: 2/n each where all hold, -2/n each where none does, else 1/n for what holds and 0 for what does not.
 * - fraction: 1/n for what holds, 0 for what does not.
 * - scalar: with w its part of the weights, 2w for what holds and -2w for what does not.
 * Inactive checks have share 0.
 */
export function scoreVerdicts(
  verdicts: readonly Verdict[],
  weights: readonly number[],
  mode: AccuracyMode,
): { readonly accuracy: number; readonly verdicts: readonly Verdict[] } {
  const weightOf = (index: number): number => (mode === "scalar" ? (weights[index] ?? 1) : 1);
  const total = sum(verdicts.map(({ state }, index) => (state === "inactive" ? 0 : weightOf(index))));
  const passed = sum(verdicts.map((verdict, index) => (verdict.passed ? weightOf(index) : 0)));
  const accuracy = instructionAccuracy(passed, total, mode);
  const [gain, loss] = mode === "scalar" ? [ALL, NOTHING] : mode === "fraction" || (passed > 0 && passed < total) ? [1, 0] : [ALL, NOTHING];
  return {
    accuracy,
    verdicts: verdicts.map((verdict, index) => ({
      ...verdict,
      share: verdict.state === "inactive" ? 0 : ((verdict.passed ? gain : loss) * weightOf(index)) / total,
    })),
  };
}

/** Where the gate is closed every active check loses alike (by weight), whatever it says, so that shares sum to the minimum. */
export function sharesOfMinimum(verdicts: readonly Verdict[], weights: readonly number[], mode: AccuracyMode): readonly Verdict[] {
  const none = verdicts.map((verdict) => ({ ...verdict, passed: false }));
  const shares = scoreVerdicts(none, weights, mode === "fraction" ? "boolean" : mode).verdicts;
  return verdicts.map((verdict, index) => ({ ...verdict, share: shares[index]?.share ?? 0 }));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
