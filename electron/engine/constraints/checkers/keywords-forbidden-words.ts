// IFEval keywords:forbidden_words. Words are patterns between word boundaries, ignoring case.

import { z } from "zod";
import { patternSchema, quoteList, result } from "../check-result.ts";
import { compilePythonPattern, findMatches } from "../python-pattern.ts";
import { randomWords } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";

interface Kwargs {
  readonly forbidden_words: readonly string[];
}

export const keywordsForbiddenWords: Checker<Kwargs> = {
  id: "keywords:forbidden_words",
  kwargs: z.strictObject({ forbidden_words: z.array(patternSchema).min(1) }),
  conflicts: [],
  describe: ({ forbidden_words }) => `does not contain ${quoteList(forbidden_words)}`,
  randomKwargs: (random) => ({ forbidden_words: randomWords(random, 1, 3) }),
  check(text, kwargs) {
    const found = kwargs.forbidden_words.map((word) => findMatches(text, compilePythonPattern(`\\b${word}\\b`, { ignoreCase: true })));
    const present = kwargs.forbidden_words.filter((_, index) => (found[index]?.length ?? 0) > 0);
    const got = present.length === 0 ? "none found" : `contains ${quoteList(present)}`;
    return result(present.length === 0, this.describe(kwargs), got, found.flat());
  },
};
