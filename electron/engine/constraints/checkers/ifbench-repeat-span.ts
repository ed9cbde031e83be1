// IFBench repeat:repeat_span: the answer is what stands between two character indices of the request, both included; case and outer
// white space aside.

import { z } from "zod";
import { countSchema, excerpt, result, wordSchema } from "../check-result.ts";
import { randomCount, randomSentence } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import { strip, strippedRange } from "../text.ts";
import { excludedByWholeAnswer } from "../whole-answer-rules.ts";

interface Kwargs {
  readonly prompt_to_repeat: string;
  readonly n_start: number;
  readonly n_end: number;
}

export const ifbenchRepeatSpan: Checker<Kwargs> = {
  id: "repeat:repeat_span",
  kwargs: z.strictObject({ prompt_to_repeat: wordSchema, n_start: countSchema, n_end: countSchema }),
  conflicts: excludedByWholeAnswer("repeat:repeat_span"),
  describe: (kwargs) => `characters ${kwargs.n_start} to ${kwargs.n_end} of the request: ${excerpt(wantedSpan(kwargs))}`,
  randomKwargs(random) {
    const start = randomCount(random, 0, 5);
    return { prompt_to_repeat: randomSentence(random), n_start: start, n_end: start + randomCount(random, 4, 12) };
  },
  check(text, kwargs) {
    const passed = strip(text).toLowerCase() === strip(wantedSpan(kwargs)).toLowerCase();
    return result(passed, this.describe(kwargs), excerpt(strip(text)), passed ? [strippedRange(text)] : []);
  },
};

/** Indices count code points. */
function wantedSpan({ prompt_to_repeat, n_start, n_end }: Kwargs): string {
  return Array.from(prompt_to_repeat)
    .slice(n_start, n_end + 1)
    .join("");
}
