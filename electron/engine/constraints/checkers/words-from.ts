// raif:words_from: at least so many different words of a list occur as whole words, ignoring case.

import { z } from "zod";
import { countSchema, quoteList, result, wordSchema } from "../check-result.ts";
import { randomCount, randomWords } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import { findWholeWord } from "../text.ts";

interface Kwargs {
  readonly words: readonly string[];
  readonly at_least: number;
}

export const wordsFrom: Checker<Kwargs> = {
  id: "raif:words_from",
  kwargs: z
    .strictObject({ words: z.array(wordSchema).min(1), at_least: countSchema.min(1) })
    .refine(
      ({ words, at_least }) => at_least <= new Set(words.map((word) => word.toLowerCase())).size,
      "at_least is more than the list has",
    ),
  conflicts: [],
  describe: ({ words, at_least }) => `at least ${at_least} of ${quoteList(words)}`,
  randomKwargs(random) {
    const words = randomWords(random, 2, 6);
    return { words, at_least: randomCount(random, 1, words.length) };
  },
  check(text, kwargs) {
    const distinct = [...new Set(kwargs.words.map((word) => word.toLowerCase()))];
    const found = distinct.map((word) => ({ word, spans: findWholeWord(text, word) })).filter(({ spans }) => spans.length > 0);
    const got = quoteList(
      found.map(({ word }) => word),
      "none of them",
    );
    return result(
      found.length >= kwargs.at_least,
      this.describe(kwargs),
      got,
      found.flatMap(({ spans }) => spans),
    );
  },
};
