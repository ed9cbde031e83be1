// raif:last_word: the last word of the answer, ignoring case and the punctuation around it.

import { z } from "zod";
import { result, wordSchema } from "../check-result.ts";
import { randomWord } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import { strip, words } from "../text.ts";

interface Kwargs {
  readonly word: string;
}

export const lastWord: Checker<Kwargs> = {
  id: "raif:last_word",
  kwargs: z.strictObject({ word: wordSchema }),
  conflicts: [],
  describe: ({ word }) => `the last word is "${word}"`,
  randomKwargs: (random) => ({ word: randomWord(random) }),
  check(text, kwargs) {
    const found = words(text).at(-1);
    if (found === undefined) return result(false, this.describe(kwargs), "no words");
    const passed = found.text.toLowerCase() === strip(kwargs.word).toLowerCase();
    return result(passed, this.describe(kwargs), `"${found.text}"`, [{ start: found.start, end: found.end }]);
  },
};
