// IFEval keywords:existence. Keywords are patterns searched anywhere, ignoring case, as in the public checker.

import { z } from "zod";
import { patternSchema, quoteList, result } from "../check-result.ts";
import { compilePythonPattern, findMatches } from "../python-pattern.ts";
import { randomWords } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";

interface Kwargs {
  readonly keywords: readonly string[];
}

export const keywordsExistence: Checker<Kwargs> = {
  id: "keywords:existence",
  kwargs: z.strictObject({ keywords: z.array(patternSchema).min(1) }),
  conflicts: [],
  describe: ({ keywords }) => `contains ${quoteList(keywords)}`,
  randomKwargs: (random) => ({ keywords: randomWords(random, 1, 3) }),
  check(text, kwargs) {
    const found = kwargs.keywords.map((keyword) => findMatches(text, compilePythonPattern(keyword, { ignoreCase: true })));
    const missing = kwargs.keywords.filter((_, index) => found[index]?.length === 0);
    const got = missing.length === 0 ? "all found" : `missing ${quoteList(missing)}`;
    return result(missing.length === 0, this.describe(kwargs), got, found.flat());
  },
};
