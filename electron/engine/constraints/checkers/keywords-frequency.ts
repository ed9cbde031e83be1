// IFEval keywords:frequency. Counts matches of the keyword, a pattern, anywhere and ignoring case; inside longer words too.

import { z } from "zod";
import { counted, countSchema, holds, patternSchema, relationSchema, result, type Relation } from "../check-result.ts";
import { compilePythonPattern, findMatches } from "../python-pattern.ts";
import { randomCount, randomRelation, randomWord } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import { strip } from "../text.ts";

interface Kwargs {
  readonly keyword: string;
  readonly frequency: number;
  readonly relation: Relation;
}

export const keywordsFrequency: Checker<Kwargs> = {
  id: "keywords:frequency",
  kwargs: z.strictObject({ keyword: patternSchema, frequency: countSchema, relation: relationSchema }),
  conflicts: [],
  describe: ({ keyword, frequency, relation }) => `"${keyword}" ${relation} ${counted(frequency, "time")}`,
  randomKwargs: (random) => ({ keyword: randomWord(random), frequency: randomCount(random, 1, 4), relation: randomRelation(random) }),
  check(text, kwargs) {
    const spans = findMatches(text, compilePythonPattern(strip(kwargs.keyword), { ignoreCase: true }));
    return result(holds(spans.length, kwargs.relation, kwargs.frequency), this.describe(kwargs), counted(spans.length, "time"), spans);
  },
};
