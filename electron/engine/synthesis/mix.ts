// The mix of compositions a synthesis aims at: reading it from text, and turning shares into whole counts.

import { SYNTHESIS_SHAPES, type MixPart, type SynthesisShape } from "../../../shared/domain/synthesis.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import type { Random } from "../tensor/random.ts";

/** Near the shipped training set: half of it And, a quarter of it with a choice inside. */
export const DEFAULT_MIX: readonly MixPart[] = [
  { shape: "single", weight: 1 },
  { shape: "and", weight: 5 },
  { shape: "chain", weight: 1 },
  { shape: "selection", weight: 2 },
  { shape: "nested2", weight: 2 },
  { shape: "nested3", weight: 1 },
];

/**
 * "and=3,and:4=1,chain=1,nested2=2": shape, for an And its number of constraints, share. Throws "invalid-argument".
 */
export function parseMix(text: string): MixPart[] {
  return text.split(",").map((part) => {
    const match = /^([a-z0-9]+)(?::(\d+))?=(\d+(?:\.\d+)?)$/.exec(part.trim());
    const [, shape = "", constraints, weight] = match ?? [];
    const known = SYNTHESIS_SHAPES.find((name) => name === shape);
    const count = constraints === undefined ? undefined : Number(constraints);
    const fits = count === undefined || (shape === "and" && count >= 2 && count <= 5);
    if (known === undefined || !(Number(weight) > 0) || !fits) {
      throw new WorkbenchError("invalid-argument", "the mix cannot be read", {
        where: part.trim(),
        expected: `shape=share with a shape of ${SYNTHESIS_SHAPES.join(", ")}; and:2 to and:5 fix the number of constraints`,
        got: text,
      });
    }
    return { shape: known, weight: Number(weight), ...(count === undefined ? {} : { constraints: count }) };
  });
}

export interface PlannedShape {
  readonly shape: SynthesisShape;
  readonly constraints: number | undefined;
}

/** One shape a record, in random order; counts differ from the exact shares by less than one (largest remainder). */
export function planShapes(mix: readonly MixPart[], count: number, random: Random): PlannedShape[] {
  const total = mix.reduce((sum, part) => sum + part.weight, 0);
  const exact = mix.map((part) => (count * part.weight) / total);
  const counts = exact.map(Math.floor);
  const byRemainder = exact.map((value, index) => ({ index, rest: value % 1 })).sort((a, b) => b.rest - a.rest || a.index - b.index);
  const missing = count - counts.reduce((sum, value) => sum + value, 0);
  for (const { index } of byRemainder.slice(0, missing)) counts[index] = (counts[index] ?? 0) + 1;
  const planned = mix.flatMap(({ shape, constraints }, index) =>
    Array.from({ length: counts[index] ?? 0 }, () => ({ shape, constraints })),
  );
  return random.shuffle(planned);
}
