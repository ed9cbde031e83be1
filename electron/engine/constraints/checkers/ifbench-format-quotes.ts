// IFBench format:quotes: quotes within quotes within quotes, double and single ones in turn. The public checker takes every apostrophe
// for a quote and knows straight quotes only; corrected leaves apostrophes inside words alone and reads curly quotes too.

import { noArguments, result, type NoArguments } from "../check-result.ts";
import { WORD_CLASS } from "../python-pattern.ts";
import type { Checker } from "../registry.ts";

const LEAST_DEPTH = 3;
const APOSTROPHE = new RegExp(`(?<=[${WORD_CLASS}])['’](?=[${WORD_CLASS}])`, "gu");

export const ifbenchFormatQuotes: Checker<NoArguments> = {
  id: "format:quotes",
  kwargs: noArguments,
  conflicts: ["format:quote_unquote"],
  describe: () => `quotes nested at least ${LEAST_DEPTH} deep`,
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const straight = mode === "compat" ? text : text.replace(APOSTROPHE, "_").replace(/[“”„]/g, '"').replace(/[‘’‚]/g, "'");
    const open: { readonly quote: string; readonly start: number }[] = [];
    let deepest = 0;
    for (const { 0: quote, index } of straight.matchAll(/["']/g)) {
      const last = open.at(-1);
      if (last?.quote !== quote) {
        open.push({ quote, start: index });
        deepest = Math.max(deepest, open.length);
        continue;
      }
      open.pop();
      if (deepest - open.length >= LEAST_DEPTH) {
        return result(true, this.describe(kwargs), `${deepest} levels`, [{ start: last.start, end: index + 1 }]);
      }
    }
    return result(false, this.describe(kwargs), `${deepest} levels, not ${LEAST_DEPTH} that close`);
  },
};
