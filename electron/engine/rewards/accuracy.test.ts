import fc from "fast-check";
import { expect, test } from "vitest";
import type { Verdict } from "../../../shared/domain/verdict.ts";
import { accuracyModeOf, instructionAccuracy, scoreVerdicts, sharesOfMinimum, type AccuracyMode } from "./accuracy.ts";

const MODES: readonly AccuracyMode[] = ["boolean", "fraction", "scalar"];

function verdict(state: Verdict["state"]): Verdict {
  return { path: "", ruleId: "", kwargs: {}, state, passed: state === "pass", expected: "", got: "", spans: [] };
}
const shares = (verdicts: readonly Verdict[]): number[] => verdicts.map(({ share }) => share ?? NaN);
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

const verdictLists = fc
  .array(fc.tuple(fc.constantFrom("pass", "fail", "blocked", "inactive"), fc.double({ min: 0.01, max: 100, noNaN: true })), {
    minLength: 1,
  })
  .filter((list) => list.some(([state]) => state !== "inactive"));

test("shares sum to the accuracy in every mode, and to the minimum where the gate is closed", () => {
  fc.assert(
    fc.property(verdictLists, fc.constantFrom(...MODES), (list, mode) => {
      const verdicts = list.map(([state]) => verdict(state));
      const weights = list.map(([, weight]) => weight);
      const { accuracy, verdicts: scored } = scoreVerdicts(verdicts, weights, mode);
      expect(sum(shares(scored))).toBeCloseTo(accuracy, 9);
      expect(sum(shares(sharesOfMinimum(verdicts, weights, mode)))).toBeCloseTo(-2, 9);
      scored.forEach(({ state, share }) => {
        if (state === "inactive") expect(share).toBe(0);
      });
    }),
  );
});

test.each<[AccuracyMode, number[], number, number[]]>([
  ["boolean", [1, 1, 1], 2 / 3, [1 / 3, 1 / 3, 0, 0]],
  ["fraction", [1, 1, 1], 2 / 3, [1 / 3, 1 / 3, 0, 0]],
  ["scalar", [1, 1, 2], 0, [0.5, 0.5, -1, 0]],
  ["scalar", [3, 2, 5], 0, [0.6, 0.4, -1, 0]],
])("%s with weights %j", (mode, weights, accuracy, expected) => {
  const scored = scoreVerdicts(
    ["pass", "pass", "blocked", "inactive"].map((state) => verdict(state as Verdict["state"])),
    weights,
    mode,
  );
  expect(scored.accuracy).toBeCloseTo(accuracy, 12);
  shares(scored.verdicts).forEach((share, index) => expect(share).toBeCloseTo(expected[index] as number, 12));
});

test("all and nothing", () => {
  expect(MODES.map((mode) => instructionAccuracy(3, 3, mode))).toEqual([2, 1, 2]);
  expect(MODES.map((mode) => instructionAccuracy(0, 3, mode))).toEqual([-2, 0, -2]);
});

test("the label decides before the run", () => {
  expect([accuracyModeOf(undefined, "scalar"), accuracyModeOf("weighted", "boolean"), accuracyModeOf("fraction", "boolean")]).toEqual([
    "scalar",
    "scalar",
    "fraction",
  ]);
});
