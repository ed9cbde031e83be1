// IFBench count:conjunctions: so many different coordinating conjunctions. The public checker tells "and", "And" and "and," apart,
// so one conjunction can count several times; corrected counts each once.

import { z } from "zod";
import { counted, countSchema, quoteList, result } from "../check-result.ts";
import { places, spacedWords, unmarked } from "../ifbench-text.ts";
import { randomCount } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";

interface Kwargs {
  readonly small_n: number;
}

/** The seven coordinating conjunctions of English. */
const CONJUNCTIONS = new Set(["for", "and", "nor", "but", "or", "yet", "so"]);

export const ifbenchCountConjunctions: Checker<Kwargs> = {
  id: "count:conjunctions",
  kwargs: z.strictObject({ small_n: countSchema }),
  conflicts: ["words:consonants"],
  describe: ({ small_n }) => `at least ${counted(small_n, "different coordinating conjunction")}`,
  randomKwargs: (random) => ({ small_n: randomCount(random, 2, 6) }),
  check(text, kwargs, mode) {
    const found = spacedWords(text).filter((word) => CONJUNCTIONS.has(unmarked(word.text).toLowerCase()));
    const different = new Set(found.map((word) => (mode === "compat" ? word.text : unmarked(word.text).toLowerCase())));
    const got = `${counted(different.size, "different one")}: ${quoteList([...different])}`;
    return result(different.size >= kwargs.small_n, this.describe(kwargs), got, places(found));
  },
};
