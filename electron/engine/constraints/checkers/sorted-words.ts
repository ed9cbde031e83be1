// raif:sorted_words: at least two words, in alphabetical order by code point after lowering; equal neighbours are in order.
// Tokens without a letter, such as the numbers of a list, are passed over.

import { noArguments, result, type NoArguments } from "../check-result.ts";
import type { Checker } from "../registry.ts";
import { words } from "../text.ts";

export const sortedWords: Checker<NoArguments> = {
  id: "raif:sorted_words",
  kwargs: noArguments,
  conflicts: [],
  describe: () => "at least two words, in alphabetical order",
  randomKwargs: () => ({}),
  check(text, kwargs) {
    const found = words(text).filter((word) => /\p{L}/u.test(word.text));
    if (found.length < 2) return result(false, this.describe(kwargs), found.length === 0 ? "no words" : "only one word");
    const wrong = found.filter((word, index) => index > 0 && precedes(word.text, found[index - 1]?.text ?? ""));
    const first = wrong[0];
    const got = first === undefined ? "in order" : `"${first.text}" comes too late`;
    return result(
      first === undefined,
      this.describe(kwargs),
      got,
      wrong.map(({ start, end }) => ({ start, end })),
    );
  },
};

function precedes(a: string, b: string): boolean {
  return a.toLowerCase() < b.toLowerCase();
}
