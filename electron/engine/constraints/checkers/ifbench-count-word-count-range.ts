// IFBench count:word_count_range: a number of words between two limits; a word is a run of Unicode word characters.

import { z } from "zod";
import { counted, countSchema, result } from "../check-result.ts";
import { places } from "../ifbench-text.ts";
import { randomCount } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import { wordTokens } from "../text.ts";

interface Kwargs {
  readonly min_words: number;
  readonly max_words: number;
}

export const ifbenchCountWordCountRange: Checker<Kwargs> = {
  id: "count:word_count_range",
  kwargs: z
    .strictObject({ min_words: countSchema, max_words: countSchema })
    .refine(({ min_words, max_words }) => min_words <= max_words, "min_words must not exceed max_words"),
  conflicts: ["format:no_whitespace", "raif:exact_words"],
  describe: ({ min_words, max_words }) => `${min_words} to ${counted(max_words, "word")}`,
  randomKwargs(random) {
    const least = randomCount(random, 20, 300);
    return { min_words: least, max_words: least + randomCount(random, 1, 30) };
  },
  check(text, kwargs) {
    const found = wordTokens(text);
    const passed = kwargs.min_words <= found.length && found.length <= kwargs.max_words;
    return result(passed, this.describe(kwargs), counted(found.length, "word"), places(found));
  },
};
