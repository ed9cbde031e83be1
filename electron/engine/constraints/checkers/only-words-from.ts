// raif:only_words_from: the answer has words, and each of them is in a list, ignoring case. Numbers count as words.

import { z } from "zod";
import { quoteList, result, wordSchema } from "../check-result.ts";
import { randomWords } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import { words } from "../text.ts";

interface Kwargs {
  readonly words: readonly string[];
}

export const onlyWordsFrom: Checker<Kwargs> = {
  id: "raif:only_words_from",
  kwargs: z.strictObject({ words: z.array(wordSchema).min(1) }),
  conflicts: [],
  describe: (kwargs) => `only words of ${quoteList(kwargs.words)}`,
  randomKwargs: (random) => ({ words: randomWords(random, 3, 10) }),
  check(text, kwargs) {
    const allowed = new Set(kwargs.words.flatMap((entry) => words(entry)).map((word) => word.text.toLowerCase()));
    const found = words(text);
    if (found.length === 0) return result(false, this.describe(kwargs), "no words");
    const others = found.filter((word) => !allowed.has(word.text.toLowerCase()));
    const names = [...new Set(others.map((word) => word.text.toLowerCase()))];
    const got = names.length === 0 ? "only such words" : `also ${quoteList(names)}`;
    return result(
      names.length === 0,
      this.describe(kwargs),
      got,
      others.map(({ start, end }) => ({ start, end })),
    );
  },
};
