import { describe, expect, it } from "vitest";
import { COLOUR_STEPS, colourStep, formatMeasure, legend, MEASURES, scaleOf } from "./token-scale.ts";

describe("token heat-map scales", () => {
  it.each(MEASURES.map((scale) => [scale.measure, scale] as const))(
    "%s: the legend's values are coloured as the legend says",
    (_, scale) => {
      const entries = legend(scale);
      expect(entries).toHaveLength(COLOUR_STEPS);
      for (const { step, value } of entries) expect(colourStep(scale, value)).toBe(step);
    },
  );

  it("keeps values beyond the ends at the ends and missing ones without colour", () => {
    const logProb = scaleOf("logProb");
    expect(colourStep(logProb, 0)).toBe(0);
    expect(colourStep(logProb, -20)).toBe(8);
    expect(colourStep(logProb, null)).toBeUndefined();
    expect(colourStep(logProb, Number.NaN)).toBeUndefined();
  });

  it("puts agreement in the middle of the ratio's scale", () => {
    const ratio = scaleOf("ratio");
    expect(colourStep(ratio, 1)).toBe(4);
    expect(colourStep(ratio, 0.5)).toBe(0);
    expect(colourStep(ratio, 1.1)).toBe(6);
    expect(legend(ratio).map(({ text }) => text)).toEqual([
      "0.80 or less",
      "0.85",
      "0.90",
      "0.95",
      "1.00",
      "1.05",
      "1.10",
      "1.15",
      "1.20 or more",
    ]);
  });

  it("says less, not more, where lower is hotter", () => {
    expect(legend(scaleOf("logProb")).at(-1)?.text).toBe("−5.00 or less");
    expect(legend(scaleOf("logProb"))[0]?.text).toBe("0.00");
  });

  it.each([
    [0, "0.00"],
    [-1.234, "−1.23"],
    [0.0123, "0.012"],
    [0.0000012, "1.2e−6"],
    [-0.0000069, "−6.9e−6"],
    [12.34, "12.3"],
    [Number.NaN, "not a number"],
  ])("writes %d as %s", (value, text) => {
    expect(formatMeasure(value)).toBe(text);
  });
});
