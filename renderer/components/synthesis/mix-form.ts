// The mix of compositions as the form shows it: a share for every shape.

import { SYNTHESIS_SHAPES, type MixPart, type SynthesisShape } from "../../../shared/domain/synthesis.ts";

export type MixTexts = Readonly<Record<SynthesisShape, string>>;

export const SHAPE_WORDS: Readonly<Record<SynthesisShape, string>> = {
  single: "One rule",
  and: "And: all of several",
  chain: "Chain: one after another",
  selection: "Selection: by a condition",
  nested2: "Nested, depth 2",
  nested3: "Nested, depth 3",
  maths: "Maths",
};

/** Near the shipped training set. */
export const USUAL_MIX: MixTexts = { single: "1", and: "5", chain: "1", selection: "2", nested2: "2", nested3: "1", maths: "0" };

/** Undefined where a share is no number, or all are nothing. */
export function mixOf(texts: MixTexts): MixPart[] | undefined {
  const shares = SYNTHESIS_SHAPES.map((shape) => ({ shape, weight: texts[shape].trim() === "" ? 0 : Number(texts[shape]) }));
  if (shares.some(({ weight }) => !(weight >= 0 && weight <= 1e6))) return undefined;
  const parts = shares.filter(({ weight }) => weight > 0);
  return parts.length === 0 ? undefined : parts;
}

/** How many of `count` a shape gets, about. */
export function shareOf(texts: MixTexts, shape: SynthesisShape, count: number): number {
  const mix = mixOf(texts) ?? [];
  const total = mix.reduce((sum, { weight }) => sum + weight, 0);
  return Math.round((count * (mix.find((part) => part.shape === shape)?.weight ?? 0)) / Math.max(total, 1e-9));
}
