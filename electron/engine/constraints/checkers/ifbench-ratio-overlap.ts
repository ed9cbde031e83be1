// IFBench ratio:overlap: the share of the answer's different trigrams that a reference text has too, within two points of a
// percentage. The public checker takes three characters for a trigram; corrected takes three words.

import { z } from "zod";
import { result, wordSchema } from "../check-result.ts";
import { randomCount, randomSentence } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import { treebankTokens } from "../treebank-tokens.ts";

interface Kwargs {
  readonly reference_text: string;
  readonly percentage: number;
}

const TOLERANCE = 2;

export const ifbenchRatioOverlap: Checker<Kwargs> = {
  id: "ratio:overlap",
  kwargs: z.strictObject({ reference_text: wordSchema, percentage: z.number().min(0).max(100) }),
  conflicts: [],
  describe: ({ percentage }) => `a trigram overlap of ${percentage}% (±${TOLERANCE}) with the reference text`,
  randomKwargs: (random) => ({ reference_text: randomSentence(random), percentage: randomCount(random, 10, 90) }),
  check(text, kwargs, mode) {
    const parts = (source: string): string[] =>
      mode === "compat" ? Array.from(source) : treebankTokens(source.toLowerCase()).map((token) => token.text);
    const own = trigrams(parts(text));
    const reference = trigrams(parts(kwargs.reference_text));
    if (own.size === 0) return result(false, this.describe(kwargs), "no trigram");
    const shared = [...own].filter((trigram) => reference.has(trigram)).length;
    const overlap = (shared / own.size) * 100;
    const passed = kwargs.percentage - TOLERANCE <= overlap && overlap <= kwargs.percentage + TOLERANCE;
    return result(passed, this.describe(kwargs), `${overlap.toFixed(1)}%: ${shared} of ${own.size} trigrams`);
  },
};

/** Different runs of three neighbours; U+0000 keeps them apart. */
function trigrams(parts: readonly string[]): ReadonlySet<string> {
  return new Set(parts.slice(2).map((third, index) => `${parts[index]}\0${parts[index + 1]}\0${third}`));
}
