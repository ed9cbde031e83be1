// IFBench words:last_first: the last word of each sentence is the first word of the next, case and outer marks aside. Corrected
// looks at the words alone, whatever marks surround them.

import type { CheckMode } from "../../../../shared/domain/instruction.ts";
import { noArguments, type NoArguments } from "../check-result.ts";
import { noneOff, sentenceTokens, spacedWords, unmarkedRange } from "../ifbench-text.ts";
import { readableWords } from "../readable-text.ts";
import type { Checker } from "../registry.ts";

export const ifbenchWordsLastFirst: Checker<NoArguments> = {
  id: "words:last_first",
  kwargs: noArguments,
  conflicts: ["custom:sentence_alphabet"],
  describe: () => "each sentence begins with the last word of the one before",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const found = sentenceTokens(text, mode);
    const off = found.filter((sentence, index) => {
      const before = found[index - 1];
      if (before === undefined) return false;
      const last = lastWord(before.text, mode);
      return last === undefined || last !== firstWord(sentence.text, mode);
    });
    return noneOff(this.describe(kwargs), found.length, "sentence", off);
  },
};

/** "compat": the last word of what is left when marks are taken off the sentence's end; marks before the word stay. */
function lastWord(sentence: string, mode: CheckMode): string | undefined {
  const words = mode === "corrected" ? readableWords(sentence) : spacedWords(sentence.slice(0, unmarkedRange(sentence).end));
  return words.at(-1)?.text.toLowerCase();
}

function firstWord(sentence: string, mode: CheckMode): string | undefined {
  const words = mode === "corrected" ? readableWords(sentence) : spacedWords(sentence.slice(unmarkedRange(sentence).start));
  return words[0]?.text.toLowerCase();
}
