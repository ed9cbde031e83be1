// IFBench sentence:increment: each sentence has exactly so many words more than the one before; marks alone are no words.

import { z } from "zod";
import { counted, countSchema, result } from "../check-result.ts";
import { bareWords, places, sentenceTokens } from "../ifbench-text.ts";
import { randomCount } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";

interface Kwargs {
  readonly small_n: number;
}

export const ifbenchSentenceIncrement: Checker<Kwargs> = {
  id: "sentence:increment",
  kwargs: z.strictObject({ small_n: countSchema }),
  conflicts: ["ratio:sentence_words"],
  describe: ({ small_n }) => `each sentence exactly ${counted(small_n, "word")} longer than the one before`,
  randomKwargs: (random) => ({ small_n: randomCount(random, 1, 5) }),
  check(text, kwargs, mode) {
    const found = sentenceTokens(text, mode);
    const lengths = found.map((sentence) => bareWords(sentence.text, mode).length);
    const off = found.filter((_, index) => index > 0 && lengths[index] !== (lengths[index - 1] ?? 0) + kwargs.small_n);
    return result(found.length > 0 && off.length === 0, this.describe(kwargs), `${lengths.join(", ") || "no"} words`, places(off));
  },
};
