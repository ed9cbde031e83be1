// IFBench custom:word_reverse: a sentence about the national animal of the United States, its words from last to first: read backwards,
// without punctuation, it names the bald eagle.

import { excerpt, noArguments, result, type NoArguments } from "../check-result.ts";
import { bareWords, places } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";
import { excludedByWholeAnswer } from "../whole-answer-rules.ts";

const ANIMAL = "bald eagle";

export const ifbenchCustomWordReverse: Checker<NoArguments> = {
  id: "custom:word_reverse",
  kwargs: noArguments,
  conflicts: excludedByWholeAnswer("custom:word_reverse"),
  describe: () => `names the ${ANIMAL}, words in reverse order`,
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const words = bareWords(text, mode);
    const reversed = words
      .map((word) => word.text.toLowerCase())
      .reverse()
      .join(" ");
    const passed = reversed.includes(ANIMAL);
    const named = words.filter((word) => /bald|eagle/i.test(word.text));
    return result(passed, this.describe(kwargs), `reads backwards ${excerpt(reversed)}`, places(named));
  },
};
