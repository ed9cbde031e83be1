// IFBench words:alphabet: each word begins with the next letter of the alphabet, a following z; any letter may come first.

import { noArguments, result, type NoArguments } from "../check-result.ts";
import { bareWords, firstCharacter, noneOff } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz";

export const ifbenchWordsAlphabet: Checker<NoArguments> = {
  id: "words:alphabet",
  kwargs: noArguments,
  conflicts: ["sentence:alliteration_increment", "combination:repeat_prompt"],
  describe: () => "each word begins with the next letter of the alphabet",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const words = bareWords(text, mode);
    const first = words[0];
    if (first === undefined) return result(false, this.describe(kwargs), "no words");
    const start = ALPHABET.indexOf(firstCharacter(first.text).toLowerCase());
    const off = words.filter(({ text: word }, index) => {
      const wanted = start < 0 ? "" : (ALPHABET[(start + index) % ALPHABET.length] ?? "");
      return firstCharacter(word.toLowerCase()) !== wanted;
    });
    return noneOff(this.describe(kwargs), words.length, "word", off);
  },
};
