// raif:uppercase: the answer has letters and none of them is a small letter.

import { counted, noArguments, result, type NoArguments } from "../check-result.ts";
import { findMatches } from "../python-pattern.ts";
import type { Checker } from "../registry.ts";

export const uppercase: Checker<NoArguments> = {
  id: "raif:uppercase",
  kwargs: noArguments,
  conflicts: ["raif:lowercase"],
  describe: () => "all letters in capitals",
  randomKwargs: () => ({}),
  check(text, kwargs) {
    const small = findMatches(text, /[\p{Lowercase}\p{Lt}]+/gu);
    const hasLetters = /\p{L}/u.test(text);
    const got = !hasLetters ? "no letters" : small.length === 0 ? "all capitals" : counted(small.length, "place") + " with small letters";
    return result(hasLetters && small.length === 0, this.describe(kwargs), got, small);
  },
};
