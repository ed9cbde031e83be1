// raif:more_often: one word occurs more often than another, both as whole words and ignoring case. Meant for conditions.

import { z } from "zod";
import { result, wordSchema } from "../check-result.ts";
import { randomWords } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import { findWholeWord } from "../text.ts";

interface Kwargs {
  readonly word: string;
  readonly than: string;
}

export const moreOften: Checker<Kwargs> = {
  id: "raif:more_often",
  kwargs: z.strictObject({ word: wordSchema, than: wordSchema }),
  conflicts: [],
  describe: ({ word, than }) => `"${word}" more often than "${than}"`,
  randomKwargs(random) {
    const [word = "cat", than = "dog"] = randomWords(random, 2, 2);
    return { word, than };
  },
  check(text, kwargs) {
    const spans = findWholeWord(text, kwargs.word);
    const others = findWholeWord(text, kwargs.than);
    return result(spans.length > others.length, this.describe(kwargs), `${spans.length} against ${others.length}`, spans);
  },
};
