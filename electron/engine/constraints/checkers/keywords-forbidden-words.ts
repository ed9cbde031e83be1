// IFEval keywords:forbidden_words. In "compat" words are patterns between word boundaries, ignoring case; in "corrected" they are
// words and phrases that stand by themselves.

import { z } from "zod";
import { wordSchema, quoteList, result } from "../check-result.ts";
import { findMatchesInTime } from "../guarded-pattern.ts";
import { compilePythonPattern, isAscii } from "../python-pattern.ts";
import { randomWords } from "../random-kwargs.ts";
import { findPhrase } from "../readable-text.ts";
import type { Checker } from "../registry.ts";

interface Kwargs {
  readonly forbidden_words: readonly string[];
}

export const keywordsForbiddenWords: Checker<Kwargs> = {
  id: "keywords:forbidden_words",
  kwargs: z.strictObject({ forbidden_words: z.array(wordSchema).min(1) }),
  conflicts: [],
  patterns: ({ forbidden_words }) => forbidden_words,
  describe: ({ forbidden_words }) => `does not contain ${quoteList(forbidden_words)}`,
  randomKwargs: (random) => ({ forbidden_words: randomWords(random, 1, 3) }),
  check(text, kwargs, mode) {
    const inAscii = isAscii(text);
    const found = kwargs.forbidden_words.map((word) =>
      mode === "corrected"
        ? findPhrase(text, word)
        : findMatchesInTime(text, compilePythonPattern(`\\b${word}\\b`, { ignoreCase: true, inAscii }), word),
    );
    const spans = found.flatMap((places) => places ?? []);
    // A search that was stopped has not shown that the word is absent.
    if (found.includes(undefined)) return result(false, this.describe(kwargs), "a pattern took too long and was stopped", spans);
    const present = kwargs.forbidden_words.filter((_, index) => (found[index]?.length ?? 0) > 0);
    const got = present.length === 0 ? "none found" : `contains ${quoteList(present)}`;
    return result(present.length === 0, this.describe(kwargs), got, spans);
  },
};
