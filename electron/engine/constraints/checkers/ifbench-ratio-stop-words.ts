// IFBench ratio:stop_words: at most so many percent of the words (runs of Unicode word characters) are stop words. A text without
// words fails.

import { z } from "zod";
import { counted, result } from "../check-result.ts";
import { places } from "../ifbench-text.ts";
import { randomCount } from "../random-kwargs.ts";
import { readableWords } from "../readable-text.ts";
import type { Checker } from "../registry.ts";
import { isStopWord } from "../stop-words.ts";
import { wordTokens } from "../text.ts";

interface Kwargs {
  readonly percentage: number;
}

export const ifbenchRatioStopWords: Checker<Kwargs> = {
  id: "ratio:stop_words",
  kwargs: z.strictObject({ percentage: z.number().min(0).max(100) }),
  conflicts: [],
  describe: ({ percentage }) => `at most ${percentage}% stop words`,
  randomKwargs: (random) => ({ percentage: randomCount(random, 20, 60) }),
  check(text, kwargs, mode) {
    const words = mode === "compat" ? wordTokens(text) : readableWords(text);
    if (words.length === 0) return result(false, this.describe(kwargs), "no words");
    const found = words.filter((word) => isStopWord(word.text.toLowerCase()));
    const share = (found.length / words.length) * 100;
    const got = `${share.toFixed(1)}%: ${found.length} of ${counted(words.length, "word")}`;
    return result(share <= kwargs.percentage, this.describe(kwargs), got, places(found));
  },
};
