// raif:exact_words: an exact number of words, counted as length_constraints:number_words counts them.

import { z } from "zod";
import { counted, countSchema, result } from "../check-result.ts";
import { randomCount } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import { wordTokens } from "../text.ts";

interface Kwargs {
  readonly count: number;
}

export const exactWords: Checker<Kwargs> = {
  id: "raif:exact_words",
  kwargs: z.strictObject({ count: countSchema }),
  conflicts: [],
  describe: ({ count }) => `exactly ${counted(count, "word")}`,
  randomKwargs: (random) => ({ count: randomCount(random, 1, 40) }),
  bounds: ({ count }) => ({ of: "words", least: count, most: count }),
  check(text, kwargs) {
    const found = wordTokens(text);
    const spans = found.map(({ start, end }) => ({ start, end }));
    return result(found.length === kwargs.count, this.describe(kwargs), counted(found.length, "word"), spans);
  },
};
