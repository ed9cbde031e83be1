// IFBench count:word_count_range: a number of words between two limits; a word is a run of Unicode word characters.

import { z } from "zod";
import { counted, countSchema, result, type Relation } from "../check-result.ts";
import { places } from "../ifbench-text.ts";
import { randomCount } from "../random-kwargs.ts";
import { readableWords } from "../readable-text.ts";
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
  contradicts({ min_words, max_words }, id, other) {
    if (id === "count:word_count_range") {
      const range = other as Kwargs;
      return range.max_words < min_words || range.min_words > max_words;
    }
    if (id !== "length_constraints:number_words") return false;
    const { num_words, relation } = other as { readonly num_words: number; readonly relation: Relation };
    return relation === "less than" ? num_words <= min_words : num_words > max_words;
  },
  check(text, kwargs, mode) {
    const found = mode === "compat" ? wordTokens(text) : readableWords(text);
    const passed = kwargs.min_words <= found.length && found.length <= kwargs.max_words;
    return result(passed, this.describe(kwargs), counted(found.length, "word"), places(found));
  },
};
