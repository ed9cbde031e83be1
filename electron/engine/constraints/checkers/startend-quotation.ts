// IFEval startend:quotation: the whole answer stands in double quotes; in "corrected" in a pair of any script, with something inside.

import { noArguments, result, type NoArguments } from "../check-result.ts";
import type { Checker } from "../registry.ts";
import { isBlank, strippedRange } from "../text.ts";

/** Opening and closing mark; the first is the only one of the public checker. */
const PAIRS: readonly (readonly [open: string, close: string])[] = [
  ['"', '"'],
  ["“", "”"],
  ["„", "“"],
  ["„", "”"],
  ["«", "»"],
  ["「", "」"],
  ["『", "』"],
  ["＂", "＂"],
];
const QUOTED = {
  "true-true": "quoted",
  "true-false": "no closing quote",
  "false-true": "no opening quote",
  "false-false": "no quotes around it",
} as const;

export const startendQuotation: Checker<NoArguments> = {
  id: "startend:quotation",
  kwargs: noArguments,
  conflicts: [],
  describe: () => "the whole answer in double quotes",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const { start, end } = strippedRange(text);
    const pairs = mode === "compat" ? PAIRS.slice(0, 1) : PAIRS;
    const opens = end > start && pairs.some(([open]) => open === text[start]);
    const closes = end - start > 1 && pairs.some(([open, close]) => close === text[end - 1] && (!opens || open === text[start]));
    const quotesNothing = mode === "corrected" && opens && closes && isBlank(text.slice(start + 1, end - 1));
    const got = quotesNothing ? "quotes around nothing" : QUOTED[`${opens}-${closes}`];
    const spans = [...(opens ? [{ start, end: start + 1 }] : []), ...(closes ? [{ start: end - 1, end }] : [])];
    return result(opens && closes && !quotesNothing, this.describe(kwargs), got, spans);
  },
};
