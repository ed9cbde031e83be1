// IFEval length_constraints:number_words. In the public checker a word is a run of Unicode word characters ("don't" is two, a Chinese
// clause one); in "corrected" it is what a person or a dictionary calls one.

import { z } from "zod";
import { boundsOf, counted, countSchema, holds, relationSchema, result, type Relation } from "../check-result.ts";
import { randomCount, randomRelation } from "../random-kwargs.ts";
import { readableWords } from "../readable-text.ts";
import type { Checker } from "../registry.ts";
import { wordTokens } from "../text.ts";

interface Kwargs {
  readonly num_words: number;
  readonly relation: Relation;
}

export const lengthNumberWords: Checker<Kwargs> = {
  id: "length_constraints:number_words",
  kwargs: z.strictObject({ num_words: countSchema, relation: relationSchema }),
  conflicts: [],
  describe: ({ num_words, relation }) => `${relation} ${counted(num_words, "word")}`,
  randomKwargs: (random) => ({ num_words: randomCount(random, 10, 500), relation: randomRelation(random) }),
  bounds: ({ num_words, relation }) => boundsOf("words", relation, num_words),
  check(text, kwargs, mode) {
    const found = mode === "compat" ? wordTokens(text) : readableWords(text);
    const spans = found.map(({ start, end }) => ({ start, end }));
    return result(holds(found.length, kwargs.relation, kwargs.num_words), this.describe(kwargs), counted(found.length, "word"), spans);
  },
};
