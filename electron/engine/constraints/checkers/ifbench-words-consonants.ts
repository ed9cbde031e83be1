// IFBench words:consonants: every word between white space has two consonants side by side; y counts as one. To the public checker a
// lone mark is a word without them; corrected looks at what holds letters only.

import { noArguments, type NoArguments } from "../check-result.ts";
import { noneOff, spacedWords } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";

const CLUSTER = /[bcdfghjklmnpqrstvwxyz]{2}/;
const LETTER = /\p{L}/u;

export const ifbenchWordsConsonants: Checker<NoArguments> = {
  id: "words:consonants",
  kwargs: noArguments,
  conflicts: ["count:words_japanese", "count:conjunctions"],
  describe: () => "two neighbouring consonants in every word",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const words = spacedWords(text).filter((word) => mode === "compat" || LETTER.test(word.text));
    const off = words.filter((word) => !CLUSTER.test(word.text.toLowerCase()));
    return noneOff(this.describe(kwargs), words.length, "word", off);
  },
};
