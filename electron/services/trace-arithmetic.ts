// From verdict to reward to advantage, step by step and in words: the numbers a run stored, and the same computed again from its
// settings with the engine's own functions.

import type { RewardMode } from "../../shared/domain/instruction.ts";
import type { CheckShare, RewardArithmetic } from "../../shared/domain/trace-detail.ts";
import type { Verdict } from "../../shared/domain/verdict.ts";
import { computeAdvantages, mean, overlongPenalty, unbiasedDeviation } from "../engine/grpo/advantages.ts";
import type { TrainingConfig } from "../engine/grpo/config.ts";
import { accuracyModeOf } from "../engine/rewards/accuracy.ts";
import { parseResponse } from "../engine/rewards/format.ts";
import type { StoredTraceRow } from "../storage/trace-queries.ts";

export interface ArithmeticScene {
  readonly row: StoredTraceRow;
  /** All samples of the group, in order. */
  readonly group: readonly StoredTraceRow[];
  /** All samples of the step's kept groups, by group: only where advantages are scaled over the batch. */
  readonly keptGroups: readonly (readonly StoredTraceRow[])[];
  readonly verdicts: readonly Verdict[];
  /** The label's own way, where it has one. */
  readonly rewardMode: RewardMode | undefined;
  /** Undefined where the stored settings cannot be read any more. */
  readonly config: TrainingConfig | undefined;
}

export function rewardArithmetic(scene: ArithmeticScene): RewardArithmetic {
  const { row, group, config } = scene;
  const shapedOf = (sample: StoredTraceRow): number => sample.reward - penaltyOf(sample, config);
  const counted = group.filter((sample) => config?.superiorCot.advantageGroup === "all" || sample.mode === "think");
  const trained = row.kept === 1 && row.mode === "think";
  const shaped = counted.map(shapedOf);
  const scaling = config?.advantageScaling ?? "group";
  return {
    format: row.formatReward,
    accuracy: row.accuracyReward,
    total: row.reward,
    accuracyRule: accuracyRule(scene),
    shares: sharesOf(scene.verdicts),
    gate: row.gate,
    gateExplanation: GATES[row.gate] ?? null,
    overlongPenalty: penaltyOf(row, config),
    shaped: shapedOf(row),
    groupMean: trained ? mean(shaped) : null,
    groupStd: trained ? unbiasedDeviation(shaped) : null,
    statistics: counted.map((sample) => ({ sampleIndex: sample.sampleIndex, shaped: shapedOf(sample) })),
    scaling,
    recomputedAdvantage: trained ? recomputed(scene, shapedOf, scaling) : null,
    storedAdvantage: row.advantage,
    explanation: explanation(row, shaped, config),
  };
}

function penaltyOf(row: StoredTraceRow, config: TrainingConfig | undefined): number {
  return config?.overlong === "penalise" ? overlongPenalty(row.length, row.finish === "length", config) : 0;
}

function recomputed(
  { row, group, keptGroups, config }: ArithmeticScene,
  shapedOf: (row: StoredTraceRow) => number,
  scaling: RewardArithmetic["scaling"],
): number | null {
  const isThink = (sample: StoredTraceRow): boolean => sample.mode === "think";
  const all = scaling === "batch" ? keptGroups : [group];
  const advantages = computeAdvantages(
    all.map((samples) => ({
      rewards: samples.filter(isThink).map(shapedOf),
      statistics: samples.filter((sample) => config?.superiorCot.advantageGroup === "all" || isThink(sample)).map(shapedOf),
    })),
    scaling,
  );
  const own = all.findIndex((samples) => samples[0]?.groupId === row.groupId);
  const place = all[own]?.filter(isThink).findIndex((sample) => sample.rolloutId === row.rolloutId) ?? -1;
  return advantages[own]?.[place] ?? null;
}

const GATES: Readonly<Record<string, string>> = {
  "bad-format": "The format is broken, so accuracy is at its minimum, whatever the checks say.",
  "empty-answer": "There is no answer, so accuracy is at its minimum.",
  "empty-think": "The reasoning says nothing, so accuracy is at its minimum.",
};

function accuracyRule({ row, rewardMode, config }: ArithmeticScene): string {
  if (row.composition === "maths") return "maths: 2 if the boxed number is right, −1.5 if it is wrong, −2 without a box";
  switch (accuracyModeOf(rewardMode, config?.reward.accuracyMode ?? "boolean")) {
    case "scalar":
      return "from −2 (no check holds) to 2 (all hold), in proportion to their weight";
    case "fraction":
      return "their share";
    case "boolean":
      return "2 if all checks hold, −2 if none does, else their share";
  }
}

function sharesOf(verdicts: readonly Verdict[]): CheckShare[] {
  return verdicts.flatMap(({ path, expected, passed, state, share, margin }) =>
    state === "inactive" || share === undefined ? [] : [{ path, text: expected, passed, share, margin: margin ?? null }],
  );
}

function explanation(row: StoredTraceRow, shaped: readonly number[], config: TrainingConfig | undefined): string {
  if (row.mode === "empty") return "A response without reasoning is only compared with; it is never trained on.";
  switch (row.dropReason) {
    case "reasoning-does-not-pay":
      return "The group was dropped: its worst answer without reasoning did better than its best with reasoning.";
    case "zero-variance":
      return "The group was left out: all its rewards are equal, so it says nothing.";
    case "surplus":
      return "The group was left out: the step already had as many groups as it takes.";
  }
  if (row.finish === "length" && config?.overlong === "mask") return "It was cut at the length limit and therefore left out of the loss.";
  if (shaped.every((value) => value === shaped[0])) return "All rewards of the group are equal, so every advantage is 0.";
  const how = {
    group: "divided by the group's deviation",
    batch: "divided by the deviation over the step's groups",
    none: "not divided by a deviation",
  }[config?.advantageScaling ?? "group"];
  return `How far the reward lies above the mean of its group, ${how}.`;
}

const TAGS = ["<think>", "</think>", "<answer>", "</answer>"] as const;

/** Why the format point was given or taken. */
export function formatExplanation(text: string, formatReward: number, mode: TrainingConfig["reward"]["formatMode"] = "lenient"): string {
  const required = mode === "think-only" ? TAGS.slice(0, 2) : TAGS;
  if (parseResponse(text, mode).formatOk) {
    return formatReward > 0
      ? "Every tag stands once and in order."
      : "Every tag stands once and in order, but the gate is closed, and the settings then take the point.";
  }
  const counts = required.map((tag) => ({ tag, count: text.split(tag).length - 1 }));
  const missing = counts.filter(({ count }) => count === 0).map(({ tag }) => tag);
  const doubled = counts.filter(({ count }) => count > 1).map(({ tag }) => tag);
  if (missing.length > 0) return `Missing: ${missing.join(", ")}.`;
  if (doubled.length > 0) return `More than once: ${doubled.join(", ")}.`;
  return mode === "strict" ? "The tags are out of order, or there is text outside of them." : "The tags are out of order.";
}
