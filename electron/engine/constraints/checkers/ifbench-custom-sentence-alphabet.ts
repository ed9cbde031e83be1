// IFBench custom:sentence_alphabet: twenty-six sentences, the first beginning with a, the next with b and so on. Corrected looks behind
// an opening quote.

import { counted, noArguments, result, type NoArguments } from "../check-result.ts";
import { firstCharacter, noneOff, places, sentenceTokens } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";
import { excludedByWholeAnswer } from "../whole-answer-rules.ts";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz";

export const ifbenchCustomSentenceAlphabet: Checker<NoArguments> = {
  id: "custom:sentence_alphabet",
  kwargs: noArguments,
  conflicts: excludedByWholeAnswer("custom:sentence_alphabet", ["words:last_first", "ratio:sentence_words"]),
  describe: () => `${ALPHABET.length} sentences that begin with a to z`,
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const found = sentenceTokens(text, mode);
    if (found.length !== ALPHABET.length) {
      return result(false, this.describe(kwargs), counted(found.length, "sentence"), places(found));
    }
    const off = found.filter((sentence, index) => {
      const start = mode === "compat" ? sentence.text : sentence.text.replace(/^[\p{P}\s]+/u, "");
      return firstCharacter(start.toLowerCase()) !== ALPHABET[index];
    });
    return noneOff(this.describe(kwargs), found.length, "sentence", off);
  },
};
