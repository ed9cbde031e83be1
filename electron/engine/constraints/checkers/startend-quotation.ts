// IFEval startend:quotation: the whole answer stands in double quotes.

import { noArguments, result, type NoArguments } from "../check-result.ts";
import type { Checker } from "../registry.ts";
import { strippedRange } from "../text.ts";

export const startendQuotation: Checker<NoArguments> = {
  id: "startend:quotation",
  kwargs: noArguments,
  conflicts: [],
  describe: () => "the whole answer in double quotes",
  randomKwargs: () => ({}),
  check(text, kwargs) {
    const { start, end } = strippedRange(text);
    const opens = text[start] === '"' && end > start;
    const closes = end - start > 1 && text[end - 1] === '"';
    const got = opens && closes ? "quoted" : opens ? "no closing quote" : closes ? "no opening quote" : "no quotes around it";
    const spans = [...(opens ? [{ start, end: start + 1 }] : []), ...(closes ? [{ start: end - 1, end }] : [])];
    return result(opens && closes, this.describe(kwargs), got, spans);
  },
};
