import { describe, expect, it } from "vitest";
import type { TraceTokens } from "../../../shared/domain/trace-detail.ts";
import { measureTokens, quotedPiece, summary, visiblePiece } from "./token-values.ts";

const tokens: TraceTokens = {
  tokenIds: [5, 6],
  ranges: null,
  pieces: null,
  piecesMissing: null,
  logProbs: [-1, -2],
  trainerLogProbs: null,
  referenceLogProbs: null,
  entropies: [0.5, 0.25],
  kl: null,
  ratio: null,
};
const scores = {
  rolloutId: 1,
  tokens: ["a", "b"],
  logProbs: [-1, -2.5],
  refLogProbs: [-1, -2],
  entropies: [9, 9],
  modelHash: "f",
  step: 3,
};

describe("numbers of the heat-map", () => {
  it("takes what is stored before what is computed", () => {
    expect(measureTokens("entropy", tokens, scores)).toEqual({ values: [0.5, 0.25], origin: "stored" });
    expect(measureTokens("logProb", tokens, undefined)).toEqual({ values: [-1, -2], origin: "stored" });
  });

  it("computes divergence and ratio from scores by their definitions", () => {
    const kl = measureTokens("kl", tokens, scores);
    expect(kl.origin).toBe("computed");
    expect(kl.values?.[0]).toBe(0);
    expect(kl.values?.[1]).toBeCloseTo(Math.exp(0.5) - 0.5 - 1, 12);
    const ratio = measureTokens("ratio", tokens, scores).values;
    expect(ratio?.[0]).toBe(1);
    expect(ratio?.[1]).toBeCloseTo(Math.exp(-0.5), 12);
  });

  it("says what is missing, and takes no scores of a different text", () => {
    expect(measureTokens("kl", tokens, undefined)).toEqual({ values: null, origin: "missing" });
    expect(measureTokens("kl", tokens, { ...scores, logProbs: [-1] })).toEqual({ values: null, origin: "missing" });
  });

  it("sums up", () => {
    expect(summary([-1, -3, -2])).toEqual({ mean: -2, lowest: -3, highest: -1 });
    expect(summary([])).toBeNull();
  });

  it("shows what cannot be seen", () => {
    expect(visiblePiece(">\n")).toBe(">\u21b5\n");
    expect(visiblePiece("")).toBe("\u2205");
    expect(quotedPiece(" a\n")).toBe("\u201c\u00b7a\u21b5\u201d");
  });
});
