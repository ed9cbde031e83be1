// IFEval keywords:existence. In "compat" keywords are patterns searched anywhere, ignoring case, as in the public checker; in
// "corrected" they are words and phrases that stand by themselves.

import { z } from "zod";
import { wordSchema, quoteList, result } from "../check-result.ts";
import { findMatchesInTime } from "../guarded-pattern.ts";
import { compilePythonPattern } from "../python-pattern.ts";
import { randomWords } from "../random-kwargs.ts";
import { findPhrase } from "../readable-text.ts";
import type { Checker } from "../registry.ts";

interface Kwargs {
  readonly keywords: readonly string[];
}

export const keywordsExistence: Checker<Kwargs> = {
  id: "keywords:existence",
  kwargs: z.strictObject({ keywords: z.array(wordSchema).min(1) }),
  conflicts: [],
  patterns: ({ keywords }) => keywords,
  describe: ({ keywords }) => `contains ${quoteList(keywords)}`,
  randomKwargs: (random) => ({ keywords: randomWords(random, 1, 3) }),
  contradicts: ({ keywords }, otherId, other) =>
    otherId === "keywords:forbidden_words" &&
    (other as { readonly forbidden_words: readonly string[] }).forbidden_words.some((word) => keywords.includes(word)),
  check(text, kwargs, mode) {
    const found = kwargs.keywords.map((keyword) =>
      mode === "corrected"
        ? findPhrase(text, keyword)
        : findMatchesInTime(text, compilePythonPattern(keyword, { ignoreCase: true }), keyword),
    );
    const missing = kwargs.keywords.filter((_, index) => (found[index]?.length ?? 0) === 0);
    const stopped = found.includes(undefined) ? "; a pattern took too long and was stopped" : "";
    const got = missing.length === 0 ? "all found" : `missing ${quoteList(missing)}${stopped}`;
    return result(
      missing.length === 0,
      this.describe(kwargs),
      got,
      found.flatMap((spans) => spans ?? []),
    );
  },
};
