// IFEval combination:two_responses: two different answers separated by six asterisks. In "corrected" a longer run of asterisks is one
// separator too, and an empty part beside it does no harm.

import { counted, noArguments, result, type NoArguments } from "../check-result.ts";
import { findMatches } from "../python-pattern.ts";
import type { Checker } from "../registry.ts";
import { isBlank, splitSpans, strip } from "../text.ts";

export const combinationTwoResponses: Checker<NoArguments> = {
  id: "combination:two_responses",
  kwargs: noArguments,
  conflicts: ["detectable_format:json_format", "length_constraints:number_paragraphs", "startend:quotation"],
  describe: () => "two different answers separated by ******",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const pieces = splitSpans(text, findMatches(text, mode === "compat" ? /\*{6}/g : /\*{6,}/g));
    const filled = pieces.filter((piece) => !isBlank(piece.text));
    const blankInside = mode === "compat" && pieces.slice(1, -1).some((piece) => isBlank(piece.text));
    const distinct = new Set(filled.map((piece) => strip(piece.text))).size;
    const passed = !blankInside && filled.length === 2 && distinct === 2;
    const got =
      counted(filled.length, "answer") +
      (blankInside ? " and an empty one between" : filled.length === 2 && distinct === 1 ? ", both the same" : "");
    return result(
      passed,
      this.describe(kwargs),
      got,
      filled.map(({ start, end }) => ({ start, end })),
    );
  },
};
