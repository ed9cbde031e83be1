// IFBench format:output_template: three headings, each with a colon. The public checker takes them in any order; corrected wants the
// template's order and something under each.

import { noArguments, quoteList, result, type NoArguments } from "../check-result.ts";
import type { Checker } from "../registry.ts";
import { isBlank } from "../text.ts";

const HEADINGS: readonly string[] = ["My Answer:", "My Conclusion:", "Future Outlook:"];

export const ifbenchFormatOutputTemplate: Checker<NoArguments> = {
  id: "format:output_template",
  kwargs: noArguments,
  conflicts: ["detectable_format:json_format", "format:options", "change_case:english_lowercase", "change_case:english_capital"],
  describe: () => `the headings ${quoteList(HEADINGS)}`,
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const spans = HEADINGS.map((heading) => ({ start: text.indexOf(heading), end: text.indexOf(heading) + heading.length }));
    const missing = HEADINGS.filter((_, index) => (spans[index]?.start ?? -1) < 0);
    const empty = spans.filter(({ end }, index) => isBlank(text.slice(end, spans[index + 1]?.start ?? text.length)));
    const passed = missing.length === 0 && (mode === "compat" || empty.length === 0);
    const got = missing.length > 0 ? `missing ${quoteList(missing)}` : passed ? "all found" : "out of order or with nothing under one";
    return result(passed, this.describe(kwargs), got, missing.length === 0 ? spans : spans.filter(({ start }) => start >= 0));
  },
};
