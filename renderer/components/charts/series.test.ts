import { describe, expect, test } from "vitest";
import { nearestIndex, onCommonSteps, positiveOnly, smoothed, toCsv, type ChartSeries } from "./series.ts";

const a: ChartSeries = { key: "a", label: "run 1", meaning: "", colour: 1, steps: [1, 2, 4], values: [1, null, 3] };
const b: ChartSeries = { key: "b", label: 'run 2, "best"', meaning: "", colour: 2, steps: [2, 3], values: [0, -5] };

describe("series of a chart", () => {
  test("stand over the union of their steps, gaps where one has no value", () => {
    expect(onCommonSteps([a, b])).toEqual({
      steps: [1, 2, 3, 4],
      columns: [
        [1, null, null, 3],
        [null, 0, -5, null],
      ],
    });
  });

  test("CSV quotes what needs it and leaves gaps empty", () => {
    expect(toCsv([a, b])).toBe('step,run 1,"run 2, ""best"""\r\n1,1,\r\n2,,0\r\n3,,-5\r\n4,3,\r\n');
  });

  test("a logarithmic axis leaves out what it cannot show", () => {
    expect(positiveOnly([1, 0, -2, null])).toEqual([1, null, null, null]);
  });

  test("smoothing keeps everything but the values", () => {
    const [one] = smoothed([a], 0.5);
    expect(one).toMatchObject({ key: "a", steps: [1, 2, 4] });
    expect(one?.values[2]).toBeCloseTo((0.5 * 1 + 3) / 1.5, 12);
  });

  test("finds the nearest step", () => {
    expect(nearestIndex([], 3)).toBe(-1);
    expect(nearestIndex([1, 5, 9], 6)).toBe(1);
    expect(nearestIndex([1, 5, 9], 100)).toBe(2);
  });
});
