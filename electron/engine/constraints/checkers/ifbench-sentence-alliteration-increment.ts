// IFBench sentence:alliteration_increment: each sentence has more alliteration than the one before. The public checker adds up all
// neighbours with the same first letter; corrected compares the longest run of them, as the rule says.

import type { CheckMode } from "../../../../shared/domain/instruction.ts";
import { noArguments, result, type NoArguments } from "../check-result.ts";
import { firstCharacter, places, sentenceTokens, spacedWords, unmarkedRange } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";

export const ifbenchSentenceAlliterationIncrement: Checker<NoArguments> = {
  id: "sentence:alliteration_increment",
  kwargs: noArguments,
  conflicts: ["words:no_consecutive", "words:alphabet"],
  describe: () => "more alliterating words in each sentence than in the one before",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const found = sentenceTokens(text, mode);
    const amounts = found.map((sentence) => alliteration(sentence.text.toLowerCase(), mode));
    const off = found.filter((_, index) => index > 0 && (amounts[index] ?? 0) <= (amounts[index - 1] ?? 0));
    return result(off.length === 0, this.describe(kwargs), `${amounts.join(", ") || "no"} alliterating words`, places(off));
  },
};

/** Words in runs of neighbours that begin alike: all of them ("compat") or those of the longest run. */
function alliteration(sentence: string, mode: CheckMode): number {
  const letters = spacedWords(sentence)
    .map((word) => word.text.slice(unmarkedRange(word.text).start))
    .filter((word) => word !== "")
    .map(firstCharacter);
  const runs: number[] = [];
  let run = 1;
  for (const [index, letter] of letters.entries()) {
    run = index > 0 && letter === letters[index - 1] ? run + 1 : 1;
    if (run >= 2 && letter !== letters[index + 1]) runs.push(run);
  }
  return mode === "compat" ? runs.reduce((sum, length) => sum + length, 0) : Math.max(0, ...runs);
}
