// IFBench format:quote_unquote: every quoted phrase is followed by words outside quotes: no quote begins right behind another, and the
// text does not end in one. Corrected reads curly quotes too.

import { noArguments, result, type NoArguments } from "../check-result.ts";
import { PUNCTUATION_CLASS } from "../ifbench-text.ts";
import { SPACE_CLASS } from "../python-pattern.ts";
import type { Checker } from "../registry.ts";

const SPACES = new RegExp(`[${SPACE_CLASS}]+`, "gu");
/** Digits and punctuation but for the double quote. */
const TRAILING = new RegExp(`[0-9${PUNCTUATION_CLASS}]`);

export const ifbenchFormatQuoteUnquote: Checker<NoArguments> = {
  id: "format:quote_unquote",
  kwargs: noArguments,
  conflicts: ["startend:quotation", "format:quotes"],
  describe: () => "words outside quotes behind every quoted phrase",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const straight = mode === "compat" ? text : text.replace(/[“”„]/g, '"');
    const dense = straight.replaceAll(`'"'`, "").replace(SPACES, "");
    const adjoining = dense.includes('""');
    let end = dense.length;
    while (end > 0 && dense[end - 1] !== '"' && TRAILING.test(dense[end - 1] ?? "")) end -= 1;
    const endsQuoted = dense[end - 1] === '"';
    const got = adjoining ? "a quote right behind another" : endsQuoted ? "ends in a quote" : "no bare quote";
    const last = straight.lastIndexOf('"');
    const place = adjoining ? /"[\s"]*"/.exec(straight) : null;
    const spans = place !== null ? [{ start: place.index, end: place.index + place[0].length }] : [];
    if (!adjoining && endsQuoted && last >= 0) spans.push({ start: last, end: last + 1 });
    return result(!adjoining && !endsQuoted, this.describe(kwargs), got, spans);
  },
};
