// IFEval punctuation:no_comma: no ASCII comma anywhere.

import { counted, noArguments, result, type NoArguments } from "../check-result.ts";
import { findMatches } from "../python-pattern.ts";
import type { Checker } from "../registry.ts";

export const punctuationNoComma: Checker<NoArguments> = {
  id: "punctuation:no_comma",
  kwargs: noArguments,
  conflicts: [],
  describe: () => "no commas",
  randomKwargs: () => ({}),
  check(text, kwargs) {
    const commas = findMatches(text, /,/g);
    return result(commas.length === 0, this.describe(kwargs), commas.length === 0 ? "no commas" : counted(commas.length, "comma"), commas);
  },
};
