// IFBench words:words_position: a keyword is the second word and the last but one. The public checker counts Penn Treebank tokens and
// overlooks one closing mark; corrected counts words as a reader sees them.

import { z } from "zod";
import { counted, excerpt, result, wordSchema } from "../check-result.ts";
import { places } from "../ifbench-text.ts";
import { randomWord } from "../random-kwargs.ts";
import { readableWords } from "../readable-text.ts";
import type { Checker } from "../registry.ts";
import { strip, type Token } from "../text.ts";
import { treebankTokens } from "../treebank-tokens.ts";

interface Kwargs {
  readonly keyword: string;
}

/** One mark, or a run that stands in this order in ASCII, as Python's `in string.punctuation` has it. */
const ASCII_MARKS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

export const ifbenchWordsWordsPosition: Checker<Kwargs> = {
  id: "words:words_position",
  kwargs: z.strictObject({ keyword: wordSchema }),
  conflicts: [],
  describe: ({ keyword }) => `"${strip(keyword)}" as the second word and the last but one`,
  randomKwargs: (random) => ({ keyword: randomWord(random) }),
  check(text, kwargs, mode) {
    const tokens = mode === "compat" ? withoutLastMark(treebankTokens(text)) : readableWords(text);
    const [second, lastButOne] = [tokens[1], tokens.at(-2)];
    if (second === undefined || lastButOne === undefined) return result(false, this.describe(kwargs), counted(tokens.length, "word"));
    const keyword = strip(kwargs.keyword).toLowerCase();
    const passed = second.text.toLowerCase() === keyword && lastButOne.text.toLowerCase() === keyword;
    const got = `second ${excerpt(second.text)}, last but one ${excerpt(lastButOne.text)}`;
    return result(passed, this.describe(kwargs), got, places([second, lastButOne]));
  },
};

function withoutLastMark(tokens: readonly Token[]): readonly Token[] {
  const last = tokens.at(-1)?.text;
  return last !== undefined && ASCII_MARKS.includes(last) ? tokens.slice(0, -1) : tokens;
}
