// raif:unique_words: at least one word, and no word twice, ignoring case.

import { noArguments, quoteList, result, type NoArguments } from "../check-result.ts";
import type { Checker } from "../registry.ts";
import { words } from "../text.ts";

export const uniqueWords: Checker<NoArguments> = {
  id: "raif:unique_words",
  kwargs: noArguments,
  conflicts: [],
  describe: () => "no word used twice",
  randomKwargs: () => ({}),
  check(text, kwargs) {
    const seen = new Set<string>();
    const found = words(text);
    const repeated = found.filter((word) => {
      const form = word.text.toLowerCase();
      if (seen.has(form)) return true;
      seen.add(form);
      return false;
    });
    if (found.length === 0) return result(false, this.describe(kwargs), "no words");
    const names = [...new Set(repeated.map((word) => word.text.toLowerCase()))];
    const got = names.length === 0 ? "every word once" : `repeats ${quoteList(names)}`;
    return result(
      names.length === 0,
      this.describe(kwargs),
      got,
      repeated.map(({ start, end }) => ({ start, end })),
    );
  },
};
