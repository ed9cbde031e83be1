import fc from "fast-check";
import { expect, test } from "vitest";
import { downSample, type Point } from "./down-sample.ts";

const series = fc
  .array(fc.option(fc.integer({ min: -1000, max: 1000 }), { nil: null }), { minLength: 1, maxLength: 400 })
  .map((values): Point[] => values.map((value, index) => ({ step: index + 1, value })));

test("no more points than asked for, in order, with the ends and the extremes", () => {
  fc.assert(
    fc.property(series, fc.integer({ min: 10, max: 100 }), (points, maxPoints) => {
      const kept = downSample(points, maxPoints);
      expect(kept.length).toBeLessThanOrEqual(Math.max(maxPoints, 0));
      expect(kept.map(({ step }) => step)).toEqual([...new Set(kept.map(({ step }) => step))].sort((a, b) => a - b));
      expect(kept[0]).toBe(points[0]);
      expect(kept.at(-1)).toBe(points.at(-1));
      const values = (of: readonly Point[]): number[] => of.flatMap(({ value }) => (value === null ? [] : [value]));
      expect(Math.min(...values(kept))).toBe(Math.min(...values(points)));
      expect(Math.max(...values(kept))).toBe(Math.max(...values(points)));
    }),
  );
});

test("what fits stays as it is", () => {
  const points = [1, null, 3].map((value, index) => ({ step: index, value }));
  expect(downSample(points, 10)).toBe(points);
});

test("a single spike among 10,000 flat points survives", () => {
  const points = Array.from({ length: 10_000 }, (_, step) => ({ step, value: step === 6789 ? 5 : 0 }));
  expect(downSample(points, 100).some(({ step, value }) => step === 6789 && value === 5)).toBe(true);
});
