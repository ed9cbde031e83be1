// IFEval detectable_format:constrained_response: one of three fixed sentences occurs, case-sensitive. In "corrected" exactly one of them,
// ignoring case and emphasis inside it.

import type { CheckResult } from "../../../../shared/domain/verdict.ts";
import { noArguments, quoteList, result, type NoArguments } from "../check-result.ts";
import { findMatches } from "../python-pattern.ts";
import type { Checker } from "../registry.ts";

const OPTIONS = ["My answer is yes.", "My answer is no.", "My answer is maybe."];
const ANY_OPTION = /My answer is (?:yes|no|maybe)\./g;

export const formatConstrainedResponse: Checker<NoArguments> = {
  id: "detectable_format:constrained_response",
  kwargs: noArguments,
  conflicts: ["detectable_format:json_format", "raif:lowercase", "raif:uppercase"],
  describe: () => `contains one of ${quoteList(OPTIONS)}`,
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    if (mode === "corrected") return exactlyOne(text, this.describe(kwargs));
    const spans = findMatches(text, ANY_OPTION);
    return result(spans.length > 0, this.describe(kwargs), spans.length > 0 ? "found" : "none of them", spans);
  },
};

const ANY_FORM = /my answer is[ *_"“]*(yes|no|maybe)[*_"”]*\./giu;

function exactlyOne(text: string, expected: string): CheckResult {
  const chosen = new Set(Array.from(text.matchAll(ANY_FORM), (match) => match[1]?.toLowerCase() ?? ""));
  const got = chosen.size === 0 ? "none of them" : chosen.size === 1 ? "found" : `${chosen.size} different ones`;
  return result(chosen.size === 1, expected, got, findMatches(text, ANY_FORM));
}
