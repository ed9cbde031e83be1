// IFBench custom:multiples: the multiples of seven from 10 to 50 and no other number.

import { noArguments, quoteList, result, type NoArguments } from "../check-result.ts";
import { findMatches } from "../python-pattern.ts";
import type { Checker } from "../registry.ts";
import { excludedByWholeAnswer } from "../whole-answer-rules.ts";

const STEP = 7;
const WANTED: readonly string[] = Array.from({ length: 41 }, (_, index) => index + 10)
  .filter((number) => number % STEP === 0)
  .map(String);

export const ifbenchCustomMultiples: Checker<NoArguments> = {
  id: "custom:multiples",
  kwargs: noArguments,
  conflicts: excludedByWholeAnswer("custom:multiples", ["count:numbers", "count:unique_word_count", "format:no_whitespace"]),
  describe: () => `the numbers ${WANTED.join(", ")} and no other`,
  randomKwargs: () => ({}),
  check(text, kwargs) {
    const found = findMatches(text, /\p{Nd}+/gu);
    const numbers = found.map(({ start, end }) => text.slice(start, end));
    const passed = numbers.length === WANTED.length && numbers.every((number, index) => number === WANTED[index]);
    return result(passed, this.describe(kwargs), quoteList(numbers, "no numbers"), found);
  },
};
