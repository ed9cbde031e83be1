// raif:equals: the whole answer is a given text, up to outer and repeated white space and one final full stop; case counts.

import { z } from "zod";
import { excerpt, result, wordSchema } from "../check-result.ts";
import { SPACE_CLASS } from "../python-pattern.ts";
import { randomWords } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import { strip, strippedRange } from "../text.ts";

interface Kwargs {
  readonly text: string;
}

const SPACES = new RegExp(`[${SPACE_CLASS}]+`, "gu");

export const equals: Checker<Kwargs> = {
  id: "raif:equals",
  kwargs: z.strictObject({ text: wordSchema }),
  conflicts: [],
  describe: ({ text }) => `exactly ${excerpt(text)}`,
  randomKwargs: (random) => ({ text: randomWords(random, 1, 4).join(" ") }),
  check(text, kwargs) {
    const passed = normalise(text) === normalise(kwargs.text);
    return result(passed, this.describe(kwargs), excerpt(strip(text)), passed ? [strippedRange(text)] : []);
  },
};

function normalise(text: string): string {
  return strip(strip(text).replace(/\.$/, "")).replace(SPACES, " ");
}
