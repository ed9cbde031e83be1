// IFBench words:odd_even_syllables: words with an odd and an even number of syllables take turns. Syllables are counted by the library
// "syllable"; words it finds none in (numbers, other scripts) count as even in "compat" and are passed over in corrected.

import { syllable } from "syllable";
import { noArguments, type NoArguments } from "../check-result.ts";
import { bareWords, noneOff } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";

export const ifbenchWordsOddEvenSyllables: Checker<NoArguments> = {
  id: "words:odd_even_syllables",
  kwargs: noArguments,
  conflicts: [],
  describe: () => "words with odd and even numbers of syllables in turn",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const words = bareWords(text)
      .map((word) => ({ ...word, syllables: countSyllables(word.text.toLowerCase()) }))
      .filter((word) => mode === "compat" || word.syllables > 0);
    const off = words.filter((word, index) => index > 0 && word.syllables % 2 === (words[index - 1]?.syllables ?? 0) % 2);
    return noneOff(this.describe(kwargs), words.length, "word", off);
  },
};

/** Longer than any word; a run of letters beyond it is nonsense and not worth the time. */
const LONGEST = 100;

function countSyllables(word: string): number {
  return word.length > LONGEST ? 0 : syllable(word);
}
