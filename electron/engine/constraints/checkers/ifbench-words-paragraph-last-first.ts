// IFBench words:paragraph_last_first: every line with words ends in the word it begins with, case and outer marks aside. Corrected
// takes off marks of every script.

import { noArguments, type NoArguments } from "../check-result.ts";
import { lines, noneOff, spacedWords, unmarked } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";
import { strip } from "../text.ts";

export const ifbenchWordsParagraphLastFirst: Checker<NoArguments> = {
  id: "words:paragraph_last_first",
  kwargs: noArguments,
  conflicts: [],
  describe: () => "each paragraph ends in the word it begins with",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const paragraphs = lines(text)
      .map((line) => ({ ...line, words: spacedWords(unmarked(strip(line.text).toLowerCase(), mode)) }))
      .filter(({ words }) => words.length > 0);
    const off = paragraphs.filter(({ words }) => words[0]?.text !== words.at(-1)?.text);
    return noneOff(this.describe(kwargs), paragraphs.length, "paragraph", off);
  },
};
