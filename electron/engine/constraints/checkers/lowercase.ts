// raif:lowercase: the answer has letters and none of them is a capital.

import { counted, noArguments, result, type NoArguments } from "../check-result.ts";
import { findMatches } from "../python-pattern.ts";
import type { Checker } from "../registry.ts";

export const lowercase: Checker<NoArguments> = {
  id: "raif:lowercase",
  kwargs: noArguments,
  conflicts: ["raif:uppercase"],
  describe: () => "all letters in lower case",
  randomKwargs: () => ({}),
  check(text, kwargs) {
    const capitals = findMatches(text, /[\p{Uppercase}\p{Lt}]+/gu);
    const hasLetters = /\p{L}/u.test(text);
    const got = !hasLetters
      ? "no letters"
      : capitals.length === 0
        ? "all lower case"
        : counted(capitals.length, "place") + " with capitals";
    return result(hasLetters && capitals.length === 0, this.describe(kwargs), got, capitals);
  },
};
