// IFBench format:no_whitespace: no white space of any kind.

import { counted, noArguments, result, type NoArguments } from "../check-result.ts";
import { findMatches, SPACE_CLASS } from "../python-pattern.ts";
import type { Checker } from "../registry.ts";

const SPACE = new RegExp(`[${SPACE_CLASS}]+`, "gu");

export const ifbenchFormatNoWhitespace: Checker<NoArguments> = {
  id: "format:no_whitespace",
  kwargs: noArguments,
  conflicts: ["count:word_count_range", "format:line_indent", "format:newline"],
  describe: () => "no white space",
  randomKwargs: () => ({}),
  check(text, kwargs) {
    const found = findMatches(text, SPACE);
    return result(found.length === 0, this.describe(kwargs), found.length === 0 ? "none" : counted(found.length, "gap"), found);
  },
};
