// IFEval keywords:frequency. In "compat" it counts matches of the keyword, a pattern, anywhere and ignoring case, inside longer words
// too; in "corrected" places where the word or phrase stands by itself.

import { z } from "zod";
import { boundsOf, counted, countSchema, holds, wordSchema, relationSchema, result, type Relation } from "../check-result.ts";
import { findMatchesInTime } from "../guarded-pattern.ts";
import { compilePythonPattern } from "../python-pattern.ts";
import { randomCount, randomRelation, randomWord } from "../random-kwargs.ts";
import { findPhrase } from "../readable-text.ts";
import type { Checker } from "../registry.ts";
import { strip } from "../text.ts";

interface Kwargs {
  readonly keyword: string;
  readonly frequency: number;
  readonly relation: Relation;
}

export const keywordsFrequency: Checker<Kwargs> = {
  id: "keywords:frequency",
  kwargs: z.strictObject({ keyword: wordSchema, frequency: countSchema, relation: relationSchema }),
  conflicts: [],
  patterns: ({ keyword }) => [keyword],
  describe: ({ keyword, frequency, relation }) => `"${keyword}" ${relation} ${counted(frequency, "time")}`,
  randomKwargs: (random) => ({ keyword: randomWord(random), frequency: randomCount(random, 1, 4), relation: randomRelation(random) }),
  contradicts: ({ keyword, frequency, relation }, otherId, other) =>
    relation === "at least" &&
    frequency > 0 &&
    otherId === "keywords:forbidden_words" &&
    (other as { readonly forbidden_words: readonly string[] }).forbidden_words.includes(keyword),
  bounds: ({ keyword, frequency, relation }) => boundsOf(`keyword ${keyword}`, relation, frequency),
  check(text, kwargs, mode) {
    const spans =
      mode === "corrected"
        ? findPhrase(text, kwargs.keyword)
        : findMatchesInTime(text, compilePythonPattern(strip(kwargs.keyword), { ignoreCase: true }), kwargs.keyword);
    if (spans === undefined) return result(false, this.describe(kwargs), "the pattern took too long and was stopped");
    return result(holds(spans.length, kwargs.relation, kwargs.frequency), this.describe(kwargs), counted(spans.length, "time"), spans);
  },
};
