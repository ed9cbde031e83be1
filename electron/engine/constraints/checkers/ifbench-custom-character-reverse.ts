// IFBench custom:character_reverse: a sentence about the national animal of the United States, letters from last to first.

import { noArguments, result, type NoArguments } from "../check-result.ts";
import { findLowered } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";
import { excludedByWholeAnswer } from "../whole-answer-rules.ts";

const ANIMAL = "bald eagle";
const REVERSED = Array.from(ANIMAL).reverse().join("");

export const ifbenchCustomCharacterReverse: Checker<NoArguments> = {
  id: "custom:character_reverse",
  kwargs: noArguments,
  conflicts: excludedByWholeAnswer("custom:character_reverse"),
  describe: () => `names the ${ANIMAL}, letters in reverse order`,
  randomKwargs: () => ({}),
  check(text, kwargs) {
    const found = findLowered(text, REVERSED);
    return result(found.length > 0, this.describe(kwargs), found.length > 0 ? `"${REVERSED}"` : `no "${REVERSED}"`, found);
  },
};
