import { describe, expect, test } from "vitest";
import { smooth } from "./smoothing.ts";

describe("smoothing", () => {
  test("weight 0 changes nothing", () => {
    expect(smooth([1, null, 3], 0)).toEqual([1, null, 3]);
  });

  test("a constant stays a constant from its first step on", () => {
    for (const value of smooth([5, 5, 5, 5], 0.9)) expect(value).toBeCloseTo(5, 12);
  });

  test("gaps stay gaps and do not pull the curve", () => {
    const [first, gap, last] = smooth([2, null, 2], 0.5);
    expect(gap).toBeNull();
    expect(first).toBeCloseTo(2, 12);
    expect(last).toBeCloseTo(2, 12);
  });

  test("is the weighted mean of what was seen", () => {
    // Two values at weight w: (w a + b) / (w + 1).
    expect(smooth([1, 4], 0.5)[1]).toBeCloseTo((0.5 * 1 + 4) / 1.5, 12);
  });
});
