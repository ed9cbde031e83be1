// IFBench words:odd_even_syllables: words with an odd and an even number of syllables take turns. Numbers and words of other scripts
// have one syllable for the public checker; corrected passes over them.

import { noArguments, type NoArguments } from "../check-result.ts";
import { bareWords, noneOff } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";
import { countSyllables } from "../syllables.ts";

export const ifbenchWordsOddEvenSyllables: Checker<NoArguments> = {
  id: "words:odd_even_syllables",
  kwargs: noArguments,
  conflicts: [],
  describe: () => "words with odd and even numbers of syllables in turn",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const words = bareWords(text, mode)
      .map((word) => ({ ...word, syllables: countSyllables(word.text.toLowerCase(), mode) }))
      .filter((word) => mode === "compat" || word.syllables > 0);
    const off = words.filter((word, index) => index > 0 && word.syllables % 2 === (words[index - 1]?.syllables ?? 0) % 2);
    return noneOff(this.describe(kwargs), words.length, "word", off);
  },
};
