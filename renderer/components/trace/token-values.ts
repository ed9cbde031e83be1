// The numbers behind the token heat-map: those a run stored, filled up with those computed on request where it stored none.

import type { TokenScores } from "../../../shared/domain/generation.ts";
import type { TraceTokens } from "../../../shared/domain/trace-detail.ts";
import type { TokenMeasure } from "./token-scale.ts";

export interface MeasuredTokens {
  /** One a token; null where there is none, neither stored nor computed. */
  readonly values: readonly number[] | null;
  readonly origin: "stored" | "computed" | "missing";
}

/** k3 estimate of the divergence from the reference, of one token: never negative, 0 where both agree. */
function k3(logProb: number, reference: number): number {
  const difference = reference - logProb;
  return Math.exp(difference) - difference - 1;
}

/** Scores of another rollout, or of another number of tokens, count as none. */
export function measureTokens(measure: TokenMeasure, tokens: TraceTokens, scores: TokenScores | undefined): MeasuredTokens {
  const stored = { logProb: tokens.logProbs, entropy: tokens.entropies, kl: tokens.kl, ratio: tokens.ratio }[measure];
  if (stored !== null) return { values: stored, origin: "stored" };
  if (scores === undefined || scores.logProbs.length !== tokens.tokenIds.length) return { values: null, origin: "missing" };
  return { values: computed(measure, tokens, scores), origin: "computed" };
}

function computed(measure: TokenMeasure, tokens: TraceTokens, { logProbs, refLogProbs, entropies }: TokenScores): readonly number[] {
  if (measure === "logProb") return logProbs;
  if (measure === "entropy") return entropies;
  if (measure === "kl") return logProbs.map((logProb, index) => k3(logProb, refLogProbs[index] ?? Number.NaN));
  return logProbs.map((logProb, index) => Math.exp(logProb - (tokens.logProbs[index] ?? Number.NaN)));
}

/** Mean and the token that stands out most, for the line above the map. */
export function summary(values: readonly number[]): { readonly mean: number; readonly lowest: number; readonly highest: number } | null {
  if (values.length === 0) return null;
  const sum = values.reduce((total, value) => total + value, 0);
  return { mean: sum / values.length, lowest: Math.min(...values), highest: Math.max(...values) };
}

/** A token's text as it is shown: what cannot be seen gets a sign, line breaks stay breaks. */
export function visiblePiece(piece: string): string {
  if (piece === "") return "\u2205";
  return piece.replace(/\r/g, "\u240d").replace(/\t/g, "\u21e5").replace(/\n/g, "\u21b5\n");
}

/** A token's text within a line of words. */
export function quotedPiece(piece: string): string {
  return `\u201c${piece.replace(/\n/g, "\u21b5").replace(/\t/g, "\u21e5").replace(/ /g, "\u00b7")}\u201d`;
}
