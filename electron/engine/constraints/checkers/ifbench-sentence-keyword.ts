// IFBench sentence:keyword: a keyword stands, as a whole word and ignoring case, in the N-th sentence.

import { z } from "zod";
import { counted, excerpt, result, wordSchema } from "../check-result.ts";
import { sentenceTokens } from "../ifbench-text.ts";
import { compilePythonPattern, findMatches, isAscii } from "../python-pattern.ts";
import { randomCount, randomWord } from "../random-kwargs.ts";
import { findPhrase } from "../readable-text.ts";
import type { Checker } from "../registry.ts";
import { allowsFewerSentences } from "../sentence-limits.ts";
import { escapePattern } from "../text.ts";

interface Kwargs {
  readonly word: string;
  readonly N: number;
}

export const ifbenchSentenceKeyword: Checker<Kwargs> = {
  id: "sentence:keyword",
  kwargs: z.strictObject({ word: wordSchema, N: z.int().min(1) }),
  conflicts: [],
  describe: ({ word, N }) => `"${word}" in sentence ${N}`,
  randomKwargs: (random) => ({ word: randomWord(random), N: randomCount(random, 1, 20) }),
  contradicts: ({ N }, id, other) => allowsFewerSentences(id, other, N),
  check(text, kwargs, mode) {
    const found = sentenceTokens(text, mode);
    const sentence = found[kwargs.N - 1];
    if (sentence === undefined) return result(false, this.describe(kwargs), counted(found.length, "sentence"));
    const publicWord = (options: { readonly inAscii: boolean }) =>
      compilePythonPattern(`\\b${escapePattern(kwargs.word)}\\b`, { ignoreCase: true, ...options });
    const matches =
      mode === "compat"
        ? findMatches(sentence.text, publicWord({ inAscii: isAscii(sentence.text) }))
        : findPhrase(sentence.text, kwargs.word);
    const spans = matches.map(({ start, end }) => ({ start: start + sentence.start, end: end + sentence.start }));
    return result(matches.length > 0, this.describe(kwargs), `sentence ${kwargs.N} is ${excerpt(sentence.text)}`, spans);
  },
};
