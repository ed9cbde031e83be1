// IFEval punctuation:no_comma: no ASCII comma anywhere; in "corrected" none of any script either.

import { counted, noArguments, result, type NoArguments } from "../check-result.ts";
import { findMatches } from "../python-pattern.ts";
import type { Checker } from "../registry.ts";

/** Full-width, small, ideographic, half-width ideographic, Arabic, Armenian-style and Ethiopic ones. */
const ANY_COMMA = /[,，﹐、､﹑،፣]/gu;

export const punctuationNoComma: Checker<NoArguments> = {
  id: "punctuation:no_comma",
  kwargs: noArguments,
  conflicts: [],
  describe: () => "no commas",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const commas = findMatches(text, mode === "compat" ? /,/g : ANY_COMMA);
    return result(commas.length === 0, this.describe(kwargs), commas.length === 0 ? "no commas" : counted(commas.length, "comma"), commas);
  },
};
