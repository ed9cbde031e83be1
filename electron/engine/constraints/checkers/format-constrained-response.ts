// IFEval detectable_format:constrained_response: one of three fixed sentences occurs, case-sensitive.

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
  check(text, kwargs) {
    const spans = findMatches(text, ANY_OPTION);
    return result(spans.length > 0, this.describe(kwargs), spans.length > 0 ? "found" : "none of them", spans);
  },
};
