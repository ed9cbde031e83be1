// IFBench count:unique_word_count: so many different words between white space, ignoring case and outer punctuation. To the public
// checker a mark standing alone ("-") is one more word; corrected leaves it out.

import { z } from "zod";
import { counted, countSchema, result } from "../check-result.ts";
import { places, spacedWords, unmarked } from "../ifbench-text.ts";
import { randomCount } from "../random-kwargs.ts";
import { readableWords } from "../readable-text.ts";
import type { Checker } from "../registry.ts";

interface Kwargs {
  readonly N: number;
}

export const ifbenchCountUniqueWordCount: Checker<Kwargs> = {
  id: "count:unique_word_count",
  kwargs: z.strictObject({ N: countSchema }),
  conflicts: ["custom:multiples", "custom:date_format_list"],
  describe: ({ N }) => `at least ${counted(N, "different word")}`,
  randomKwargs: (random) => ({ N: randomCount(random, 20, 300) }),
  contradicts: (kwargs, id, other) => id === "count:word_count_range" && (other as { readonly max_words: number }).max_words < kwargs.N,
  check(text, kwargs, mode) {
    const spaced = mode === "compat" ? spacedWords(text) : readableWords(text);
    const words = spaced.map((word) => ({ ...word, text: unmarked(word.text.toLowerCase(), mode) }));
    const first = new Map(words.toReversed().map((word) => [word.text, word]));
    if (mode === "corrected") first.delete("");
    return result(
      first.size >= kwargs.N,
      this.describe(kwargs),
      counted(first.size, "different word"),
      places([...first.values()].reverse()),
    );
  },
};
