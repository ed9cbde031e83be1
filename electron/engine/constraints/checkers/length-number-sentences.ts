// IFEval length_constraints:number_sentences. The public checker uses a trained English model (Punkt); sentences.ts says where the
// two differ. A line break alone ends no sentence.

import { z } from "zod";
import { counted, countSchema, holds, relationSchema, result, type Relation } from "../check-result.ts";
import { randomCount, randomRelation } from "../random-kwargs.ts";
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
  check(text, kwargs) {
    const spans = sentences(text);
    return result(
      holds(spans.length, kwargs.relation, kwargs.num_sentences),
      this.describe(kwargs),
      counted(spans.length, "sentence"),
      spans,
    );
  },
};
