import { describe, expect, it } from "vitest";
import type { RewardArithmetic } from "../../../shared/domain/trace-detail.ts";
import { decisionWords, disagreement, rewardSteps } from "./reward-steps.ts";

const counts = { passed: 4, active: 5 };

const arithmetic: RewardArithmetic = {
  format: 1,
  accuracy: 0.8,
  total: 1.8,
  accuracyRule: "their share",
  shares: [],
  gate: "ok",
  gateExplanation: null,
  overlongPenalty: 0,
  shaped: 1.8,
  groupMean: 2,
  groupStd: 0.5,
  statistics: [
    { sampleIndex: 0, shaped: 2.2 },
    { sampleIndex: 1, shaped: 1.8 },
  ],
  scaling: "group",
  recomputedAdvantage: -0.4,
  storedAdvantage: -0.3996,
  explanation: "below its group's mean",
};

/** Follows the lines as a reader with a pencil would; every "=" has to be what stands above it. */
function expectToAddUp(value: RewardArithmetic): void {
  let sum = 0;
  for (const step of rewardSteps(value, counts, "both blocks are there")) {
    if (step.sign === "=") expect(step.value).toBeCloseTo(sum, 2);
    else if (step.sign === "\u2212") sum -= step.value;
    else if (step.sign === "\u00f7") sum /= step.value;
    else sum += step.value;
  }
}

describe("the way to the advantage", () => {
  it("adds up", () => {
    expectToAddUp(arithmetic);
    expectToAddUp({ ...arithmetic, overlongPenalty: 0.3, shaped: 1.5, recomputedAdvantage: -1, storedAdvantage: -1 });
    expectToAddUp({ ...arithmetic, groupMean: 1.8, groupStd: 0, recomputedAdvantage: 0, storedAdvantage: 0 });
    expectToAddUp({ ...arithmetic, scaling: "none", recomputedAdvantage: -0.2, storedAdvantage: -0.2 });
  });

  it("names its lines and leaves out those without effect", () => {
    expect(rewardSteps(arithmetic, counts, "").map(({ label }) => label)).toEqual([
      "format",
      "accuracy",
      "reward",
      "group's mean",
      "group's deviation",
      "advantage",
    ]);
    expect(rewardSteps({ ...arithmetic, groupMean: null, storedAdvantage: null }, counts, "").at(-1)?.label).toBe("reward");
    expect(rewardSteps({ ...arithmetic, scaling: "batch" }, counts, "").map(({ label }) => label)).toContain("batch's deviation");
  });

  it("counts what holds beside the rule", () => {
    expect(rewardSteps(arithmetic, counts, "")[1]?.note).toBe("4 of 5 hold: their share");
  });

  it("says why the gate forced the least instead of counting checks", () => {
    const gated = { ...arithmetic, gate: "bad-format", gateExplanation: "Without the two blocks nothing counts." };
    expect(rewardSteps(gated, counts, "")[1]?.note).toBe("Without the two blocks nothing counts.");
  });

  it("says in words what the superior-CoT filter decided, and an unknown reason as it is", () => {
    expect(decisionWords({ reason: "reasoning-does-not-pay", margin: -0.4, kept: false })).toMatch(/left out \(margin \u22120\.40\)$/);
    expect(decisionWords({ reason: "of-a-later-version", margin: null, kept: true })).toBe("of-a-later-version");
  });

  it("speaks up where stored and recomputed numbers disagree, not about rounding", () => {
    expect(disagreement(arithmetic)).toBeUndefined();
    expect(disagreement({ ...arithmetic, storedAdvantage: 0.4 })).toContain("0.400 is stored");
    expect(disagreement({ ...arithmetic, storedAdvantage: null })).toBeUndefined();
  });
});
