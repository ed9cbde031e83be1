// IFEval length_constraints:number_sentences, by the trained English model of the public checker (Punkt). "corrected" also ends
// sentences where other scripts do and counts none without a word. A line break alone ends no sentence.

import { z } from "zod";
import { boundsOf, counted, countSchema, holds, relationSchema, result, type Relation } from "../check-result.ts";
import { randomCount, randomRelation } from "../random-kwargs.ts";
import { readableSentences } from "../readable-text.ts";
import type { Checker } from "../registry.ts";
import { sentences } from "../sentences.ts";

interface Kwargs {
  readonly num_sentences: number;
  readonly relation: Relation;
}

export const lengthNumberSentences: Checker<Kwargs> = {
  id: "length_constraints:number_sentences",
  kwargs: z.strictObject({ num_sentences: countSchema, relation: relationSchema }),
  conflicts: [],
  describe: ({ num_sentences, relation }) => `${relation} ${counted(num_sentences, "sentence")}`,
  randomKwargs: (random) => ({ num_sentences: randomCount(random, 1, 20), relation: randomRelation(random) }),
  bounds: ({ num_sentences, relation }) => boundsOf("sentences", relation, num_sentences),
  check(text, kwargs, mode) {
    const spans = mode === "compat" ? sentences(text) : readableSentences(text);
    return result(
      holds(spans.length, kwargs.relation, kwargs.num_sentences),
      this.describe(kwargs),
      counted(spans.length, "sentence"),
      spans,
    );
  },
};
