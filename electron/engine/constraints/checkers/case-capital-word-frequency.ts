// IFEval change_case:capital_word_frequency: how many words are written in capitals; in "compat" Penn Treebank tokens, in "corrected"
// words as a person reads them ("A-LEVEL" is one).

import { z } from "zod";
import { boundsOf, counted, countSchema, holds, relationSchema, result, type Relation } from "../check-result.ts";
import { randomCount, randomRelation } from "../random-kwargs.ts";
import { readableWords } from "../readable-text.ts";
import type { Checker } from "../registry.ts";
import { isUpperCase } from "../text.ts";
import { treebankTokens } from "../treebank-tokens.ts";

interface Kwargs {
  readonly capital_frequency: number;
  readonly capital_relation: Relation;
}

export const caseCapitalWordFrequency: Checker<Kwargs> = {
  id: "change_case:capital_word_frequency",
  kwargs: z.strictObject({ capital_frequency: countSchema, capital_relation: relationSchema }),
  conflicts: ["raif:lowercase", "raif:uppercase"],
  describe: ({ capital_frequency, capital_relation }) => `${capital_relation} ${counted(capital_frequency, "word")} in capitals`,
  randomKwargs: (random) => ({ capital_frequency: randomCount(random, 1, 20), capital_relation: randomRelation(random) }),
  bounds: ({ capital_frequency, capital_relation }) => boundsOf("words in capitals", capital_relation, capital_frequency),
  check(text, kwargs, mode) {
    const capitals = (mode === "compat" ? treebankTokens(text) : readableWords(text)).filter((token) => isUpperCase(token.text));
    const passed = holds(capitals.length, kwargs.capital_relation, kwargs.capital_frequency);
    const spans = capitals.map(({ start, end }) => ({ start, end }));
    return result(passed, this.describe(kwargs), `${counted(capitals.length, "word")} in capitals`, spans);
  },
};
