import { describe, expect, test } from "vitest";
import { Random } from "../tensor/random.ts";
import { accuracyInterval, pairedDifference, quantile, type Outcome } from "./confidence.ts";

const SEED = { seed: 1 };
const Z = 1.959964;

/** `passed` ones among `count` single-check records. */
function coins(passed: number, count: number): Outcome[] {
  return Array.from({ length: count }, (_, index) => ({ passed: index < passed ? 1 : 0, total: 1 }));
}

describe("accuracyInterval", () => {
  test.each([
    [260, 400],
    [40, 400],
    [500, 550],
  ])("%i of %i agrees with the normal interval", (passed, count) => {
    const share = passed / count;
    const half = Z * Math.sqrt((share * (1 - share)) / count);
    const interval = accuracyInterval(coins(passed, count), { seed: 3, resamples: 8000 });
    expect(interval.estimate).toBe(share);
    expect(Math.abs(interval.low - (share - half))).toBeLessThan(0.15 * half);
    expect(Math.abs(interval.high - (share + half))).toBeLessThan(0.15 * half);
  });

  test("checks of one record stay together: the spread is that of records, not of checks", () => {
    const clustered = coins(200, 400).map(({ passed }) => ({ passed: passed * 4, total: 4 }));
    const half = Z * Math.sqrt(0.25 / 400);
    const { low, high } = accuracyInterval(clustered, { seed: 5, resamples: 8000 });
    expect(Math.abs((high - low) / 2 - half)).toBeLessThan(0.1 * half);
  });

  test("weights records by their checks", () => {
    const outcomes = [
      { passed: 3, total: 4 },
      { passed: 0, total: 1 },
    ];
    expect(accuracyInterval(outcomes, SEED)).toEqual({ estimate: 0.6, low: 0, high: 0.75 });
  });

  test("the same seed gives the same interval; nothing asked gives no number; all right leaves no spread", () => {
    expect(accuracyInterval(coins(7, 19), SEED)).toEqual(accuracyInterval(coins(7, 19), SEED));
    expect(accuracyInterval([], SEED).estimate).toBeNaN();
    expect(accuracyInterval(coins(9, 9), SEED)).toEqual({ estimate: 1, low: 1, high: 1 });
  });
});

describe("pairedDifference", () => {
  test("agrees with the normal interval of the differences", () => {
    const random = new Random(11);
    const before = Array.from({ length: 500 }, () => ({ passed: random.float() < 0.4 ? 1 : 0, total: 1 }));
    const after = before.map(({ passed }) => ({ passed: passed === 1 || random.float() < 0.25 ? 1 : 0, total: 1 }));
    const differences = after.map(({ passed }, index) => passed - (before[index] as Outcome).passed);
    const mean = differences.reduce((sum, value) => sum + value, 0) / 500;
    const half = Z * Math.sqrt(differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 500 / 500);
    const interval = pairedDifference(before, after, { seed: 2, resamples: 8000 });
    expect(interval.estimate).toBeCloseTo(mean, 12);
    expect(Math.abs(interval.low - (mean - half))).toBeLessThan(0.15 * half);
    expect(Math.abs(interval.high - (mean + half))).toBeLessThan(0.15 * half);
  });

  test("equal outcomes differ by exactly nothing, however noisy", () => {
    expect(pairedDifference(coins(5, 20), coins(5, 20), SEED)).toEqual({ estimate: 0, low: 0, high: 0 });
    expect(() => pairedDifference(coins(1, 2), coins(1, 3), SEED)).toThrow("paired");
  });
});

test("quantiles interpolate between order statistics", () => {
  expect([0, 0.25, 0.5, 0.9, 1].map((p) => quantile([10, 20, 30, 40], p))).toEqual([10, 17.5, 25, 37, 40]);
});
