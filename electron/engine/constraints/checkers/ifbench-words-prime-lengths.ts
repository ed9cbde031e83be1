// IFBench words:prime_lengths: the length of every word, punctuation taken out, is a prime number (below 100, as the public checker).

import { noArguments, type NoArguments } from "../check-result.ts";
import { bareWords, characters, noneOff } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";

const LIMIT = 100;
const PRIMES: ReadonlySet<number> = new Set(
  Array.from({ length: LIMIT }, (_, number) => number).filter(
    (number) => number > 1 && Array.from({ length: number - 2 }, (_, index) => index + 2).every((divisor) => number % divisor !== 0),
  ),
);

export const ifbenchWordsPrimeLengths: Checker<NoArguments> = {
  id: "words:prime_lengths",
  kwargs: noArguments,
  conflicts: [],
  describe: () => "only words whose length is a prime number",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const words = bareWords(text, mode);
    const off = words.filter((word) => !PRIMES.has(characters(word.text)));
    return noneOff(this.describe(kwargs), words.length, "word", off);
  },
};
