// IFBench words:repeats: no word, punctuation and case aside, more than so many times.

import { z } from "zod";
import { counted, countSchema, result } from "../check-result.ts";
import { bareWords, places } from "../ifbench-text.ts";
import { randomCount } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import type { Token } from "../text.ts";

interface Kwargs {
  readonly small_n: number;
}

/** How many words the verdict names at most. */
const NAMED = 5;

export const ifbenchWordsRepeats: Checker<Kwargs> = {
  id: "words:repeats",
  kwargs: z.strictObject({ small_n: countSchema }),
  conflicts: [],
  describe: ({ small_n }) => `no word more than ${counted(small_n, "time")}`,
  randomKwargs: (random) => ({ small_n: randomCount(random, 1, 5) }),
  check(text, kwargs, mode) {
    const byWord = new Map<string, Token[]>();
    for (const word of bareWords(text, mode)) {
      const key = word.text.toLowerCase();
      const same = byWord.get(key);
      if (same === undefined) byWord.set(key, [word]);
      else same.push(word);
    }
    const over = [...byWord].filter(([, found]) => found.length > kwargs.small_n).sort((a, b) => b[1].length - a[1].length);
    const named = over.slice(0, NAMED).map(([word, found]) => `"${word}" ${found.length}×`);
    const got = over.length === 0 ? counted(byWord.size, "different word") : named.join(", ");
    return result(over.length === 0, this.describe(kwargs), got, places(over.flatMap(([, found]) => found)));
  },
};
