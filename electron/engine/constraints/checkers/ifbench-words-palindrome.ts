// IFBench words:palindrome: at least ten words of five or more characters that read the same backwards; one may come several times.

import { counted, noArguments, result, type NoArguments } from "../check-result.ts";
import { bareWords, places } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";

const LEAST = 10;
const LEAST_CHARACTERS = 5;

export const ifbenchWordsPalindrome: Checker<NoArguments> = {
  id: "words:palindrome",
  kwargs: noArguments,
  conflicts: [],
  describe: () => `at least ${LEAST} palindromes of ${LEAST_CHARACTERS} or more characters`,
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const found = bareWords(text, mode).filter((word) => {
      const letters = Array.from(word.text.toLowerCase());
      return letters.length >= LEAST_CHARACTERS && letters.every((letter, index) => letter === letters.at(-1 - index));
    });
    return result(found.length >= LEAST, this.describe(kwargs), counted(found.length, "palindrome"), places(found));
  },
};
