// IFBench words:keywords_specific_position: a keyword is the m-th word of the n-th sentence. The public checker counts Penn Treebank
// words ("it's" is two); corrected counts words as a reader sees them.

import { z } from "zod";
import { counted, excerpt, result, wordSchema } from "../check-result.ts";
import { sentenceTokens, shift } from "../ifbench-text.ts";
import { randomCount, randomWord } from "../random-kwargs.ts";
import { readableWords } from "../readable-text.ts";
import type { Checker } from "../registry.ts";
import { allowsFewerSentences } from "../sentence-limits.ts";
import { strip } from "../text.ts";
import { treebankTokens } from "../treebank-tokens.ts";

interface Kwargs {
  readonly keyword: string;
  readonly n: number;
  readonly m: number;
}

const HOLDS_LETTER = /[\p{L}\p{N}]/u;

export const ifbenchWordsKeywordsSpecificPosition: Checker<Kwargs> = {
  id: "words:keywords_specific_position",
  kwargs: z.strictObject({ keyword: wordSchema, n: z.int().min(1), m: z.int().min(1) }),
  conflicts: [],
  describe: ({ keyword, n, m }) => `"${strip(keyword)}" as word ${m} of sentence ${n}`,
  randomKwargs: (random) => ({ keyword: randomWord(random), n: randomCount(random, 1, 20), m: randomCount(random, 1, 20) }),
  contradicts: ({ n }, id, other) => allowsFewerSentences(id, other, n),
  check(text, kwargs, mode) {
    const found = sentenceTokens(text, mode);
    const sentence = found[kwargs.n - 1];
    if (sentence === undefined) return result(false, this.describe(kwargs), counted(found.length, "sentence"));
    const tokens = mode === "compat" ? treebankTokens(sentence.text) : readableWords(sentence.text);
    const inside = shift(
      tokens.filter((token) => HOLDS_LETTER.test(token.text)),
      sentence.start,
    );
    const word = inside[kwargs.m - 1];
    if (word === undefined) return result(false, this.describe(kwargs), `sentence ${kwargs.n} has ${counted(inside.length, "word")}`);
    const passed = word.text.toLowerCase() === strip(kwargs.keyword).toLowerCase();
    return result(passed, this.describe(kwargs), `word ${kwargs.m} is ${excerpt(word.text)}`, [{ start: word.start, end: word.end }]);
  },
};
