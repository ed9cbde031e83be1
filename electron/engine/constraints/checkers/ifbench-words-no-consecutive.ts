// IFBench words:no_consecutive: no two neighbouring words begin with the same letter, punctuation and case aside.

import { noArguments, type NoArguments } from "../check-result.ts";
import { bareWords, firstCharacter, noneOff } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";

export const ifbenchWordsNoConsecutive: Checker<NoArguments> = {
  id: "words:no_consecutive",
  kwargs: noArguments,
  conflicts: ["sentence:alliteration_increment"],
  describe: () => "no two neighbouring words begin with the same letter",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const words = bareWords(text, mode);
    const letters = words.map((word) => firstCharacter(word.text.toLowerCase()));
    const off = words.filter((_, index) => index > 0 && letters[index] === letters[index - 1]);
    return noneOff(this.describe(kwargs), words.length, "word", off);
  },
};
