// IFBench ratio:sentence_words: three sentences of the same number of characters and of different words. The public checker never
// looks at the words; corrected refuses a word used twice.

import { counted, noArguments, quoteList, result, type NoArguments } from "../check-result.ts";
import { characters, places, sentenceTokens } from "../ifbench-text.ts";
import { readableWords } from "../readable-text.ts";
import type { Checker } from "../registry.ts";
import { strip } from "../text.ts";

const SENTENCES = 3;

export const ifbenchRatioSentenceWords: Checker<NoArguments> = {
  id: "ratio:sentence_words",
  kwargs: noArguments,
  conflicts: ["sentence:increment", "custom:sentence_alphabet"],
  describe: () => "three sentences of equally many characters, all words different",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const found = sentenceTokens(text, mode);
    const lengths = found.map((sentence) => characters(strip(sentence.text)));
    const equal = found.length === SENTENCES && new Set(lengths).size === 1;
    const repeated = mode === "compat" ? [] : repeatedWords(text);
    const got = `${counted(found.length, "sentence")} of ${lengths.slice(0, SENTENCES + 1).join(", ") || 0} characters`;
    const also = repeated.length === 0 ? "" : `; more than once: ${quoteList(repeated)}`;
    return result(equal && repeated.length === 0, this.describe(kwargs), got + also, places(found));
  },
};

function repeatedWords(text: string): string[] {
  const seen = new Set<string>();
  const again = new Set<string>();
  for (const word of readableWords(text.toLowerCase())) (seen.has(word.text) ? again : seen).add(word.text);
  return [...again];
}
