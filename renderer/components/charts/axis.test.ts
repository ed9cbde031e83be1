import { expect, test } from "vitest";
import { axisRange, tickLabels } from "./axis.ts";

test("neighbouring ticks never read the same", () => {
  expect(tickLabels([0.00025, 0.0005, 0.00075, 0.001])).toEqual(["2.5e\u22124", "5e\u22124", "7.5e\u22124", "0.001"]);
  expect(tickLabels([0, 0.05, 0.1, 0.15])).toEqual(["0", "0.05", "0.1", "0.15"]);
  expect(tickLabels([0, 0.25, 0.5, 0.75])).toEqual(["0", "0.25", "0.5", "0.75"]);
  expect(tickLabels([0.5, 0.5001])).toEqual(["0.5", "0.5001"]);
  expect(tickLabels([-1, 0, 1])).toEqual(["\u22121", "0", "1"]);
  expect(tickLabels([0, 5000, 10_000])).toEqual(["0", "5000", "10000"]);
  expect(tickLabels([0, 2e6])).toEqual(["0", "2e6"]);
});

test("a logarithmic axis keeps what is not labelled, and small and large beside each other", () => {
  expect(tickLabels([1e-4, null, 0.01, null, 1])).toEqual(["1e\u22124", "", "0.01", "", "1"]);
});

test("numbers of floating point read as they are meant", () => {
  expect(tickLabels([0.1, 0.2, 0.1 + 0.2])).toEqual(["0.1", "0.2", "0.3"]);
});

test("a constant is inside its range, a share that is always 1 stands below its upper end", () => {
  for (const value of [0, 1, 0.3, -4, 1e-3]) {
    const [low, high] = axisRange(value, value);
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
  }
  expect(axisRange(1, 1)).toEqual([0, 1.06]);
  expect(axisRange(0, 2)[0]).toBe(0);
  expect(axisRange(null, null)).toEqual([0, 1]);
});
