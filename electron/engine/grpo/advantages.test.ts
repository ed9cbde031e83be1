import { expect, test } from "vitest";
import { computeAdvantages, overlongPenalty } from "./advantages.ts";
import { importanceFactors, policyTokenWeights } from "./loss-weights.ts";
import { judgeSuperiorCot } from "./superior-cot.ts";

const groups = (...rewards: number[][]) => rewards.map((list) => ({ rewards: list, statistics: list }));

test("group advantages use the unbiased deviation and are exactly 0 where all rewards are equal", () => {
  // mean 1, deviations -4 0 0 4, variance 32/3
  const [first, second] = computeAdvantages(groups([-3, 1, 1, 5], [0.1, 0.1, 0.1]), "group") as [number[], number[]];
  const expected = 4 / (Math.sqrt(32 / 3) + 1e-9);
  expect(first).toEqual([-expected, 0, 0, expected]);
  expect(second).toEqual([0, 0, 0]);
});

test("batch scaling divides by the step's deviation, none does not divide, and 'all' statistics shift the mean", () => {
  const two = groups([0, 2], [1, 5]);
  // all rewards 0 2 1 5: mean 2, variance (4 + 0 + 1 + 9) / 3
  const deviation = Math.sqrt(14 / 3) + 1e-9;
  expect(computeAdvantages(two, "batch")).toEqual([
    [-1 / deviation, 1 / deviation],
    [-2 / deviation, 2 / deviation],
  ]);
  expect(computeAdvantages(two, "none")).toEqual([
    [-1, 1],
    [-2, 2],
  ]);
  expect(computeAdvantages([{ rewards: [3, 3], statistics: [3, 3, 0] }], "none")).toEqual([[1, 1]]);
});

test.each([
  ["grpo", [1 / 8, 1 / 8, 0, 1 / 24]],
  ["dr_grpo", [1 / 40, 1 / 40, 0, 1 / 40]],
  ["dapo", [1 / 10, 1 / 10, 0, 1 / 10]],
  // two micro-steps: 4 included tokens, then 6
  ["bnpo", [1 / 8, 1 / 8, 0, 1 / 12]],
] as const)("%s token weights", (lossAggregation, expected) => {
  const samples = [{ length: 2 }, { length: 2 }, { length: 9, included: false }, { length: 6 }].map((sample) => ({
    included: true,
    ...sample,
  }));
  const weights = policyTokenWeights(samples, { lossAggregation, maxNewTokens: 10, policySamplesPerMicroStep: 2 });
  weights.forEach((weight, i) => expect(weight).toBeCloseTo(expected[i] as number, 12));
});

test("as in TRL, dapo and bnpo agree when the whole step is one micro-step, and equal lengths make grpo agree too", () => {
  const uneven = [3, 7, 5].map((length) => ({ length, included: true }));
  const even = [4, 4, 4].map((length) => ({ length, included: true }));
  const weights = (lossAggregation: "grpo" | "dapo" | "bnpo" | "dr_grpo", samples: typeof even) =>
    policyTokenWeights(samples, { lossAggregation, maxNewTokens: 4, policySamplesPerMicroStep: 8 });
  expect(weights("bnpo", uneven)).toEqual(weights("dapo", uneven));
  for (const aggregation of ["bnpo", "dapo", "dr_grpo"] as const) expect(weights(aggregation, even)).toEqual(weights("grpo", even));
});

test.each([
  { think: [1, -2], empty: [1], equal: false, kept: true, reason: "reasoning-pays", margin: 0 },
  { think: [0.5, -2], empty: [2, 0.75], equal: false, kept: false, reason: "reasoning-does-not-pay", margin: -0.25 },
  // the minimum without reasoning decides, not the maximum
  { think: [0.5, -2], empty: [2, -2], equal: false, kept: true, reason: "reasoning-pays", margin: 2.5 },
  { think: [-2, -2], empty: [2], equal: false, kept: false, reason: "reasoning-does-not-pay", margin: -4 },
  { think: [-2, -2], empty: [2], equal: true, kept: true, reason: "all-equal", margin: -4 },
  { think: [-2], empty: [], equal: false, kept: true, reason: "not-compared", margin: undefined },
])("superior-CoT: $think against $empty", ({ think, empty, equal, kept, reason, margin }) => {
  const verdict = judgeSuperiorCot({ thinkAccuracies: think, emptyAccuracies: empty, thinkRewards: think }, { keepWhenAllEqual: equal });
  expect(verdict).toEqual({ kept, reason, ...(margin === undefined ? {} : { margin }) });
});

test("the overlong penalty rises over the buffer and is full for cut responses", () => {
  const settings = { maxNewTokens: 100, overlongBufferTokens: 20, overlongPenalty: 2 };
  expect([80, 85, 100].map((length) => overlongPenalty(length, false, settings))).toEqual([0, 0.5, 2]);
  expect(overlongPenalty(100, true, settings)).toBe(2);
  expect(overlongPenalty(100, false, { ...settings, overlongBufferTokens: 0 })).toBe(0);
});

test("importance factors are capped probability ratios", () => {
  const factors = importanceFactors(Float32Array.of(-1, -1, -3), Float32Array.of(-1, -3, -1), 2);
  [1, 2, Math.exp(-2)].forEach((expected, t) => expect(factors[t]).toBeCloseTo(expected, 6));
});
