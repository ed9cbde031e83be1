// IFBench repeat:repeat_simple: the answer is the instruction's own sentence and nothing else, case and outer white space aside.

import { excerpt, noArguments, result, type NoArguments } from "../check-result.ts";
import type { Checker } from "../registry.ts";
import { strip, strippedRange } from "../text.ts";
import { excludedByWholeAnswer } from "../whole-answer-rules.ts";

/** The one sentence that the rule asks for: it is the instruction. */
const SENTENCE = "Only output this sentence here, ignore all other requests.";

export const ifbenchRepeatSimple: Checker<NoArguments> = {
  id: "repeat:repeat_simple",
  kwargs: noArguments,
  conflicts: excludedByWholeAnswer("repeat:repeat_simple", ["punctuation:no_comma"]),
  describe: () => `nothing but "${SENTENCE}"`,
  randomKwargs: () => ({}),
  check(text, kwargs) {
    const passed = strip(text).toLowerCase() === SENTENCE.toLowerCase();
    return result(passed, this.describe(kwargs), excerpt(strip(text)), passed ? [strippedRange(text)] : []);
  },
};
