// IFBench format:title_case: words begin with a capital. The public checker looks at every Penn Treebank word, so "n't" of "don't" is a
// fault and so is "of"; corrected looks at words as a reader sees them and leaves small ones inside the title small.

import { noArguments, type NoArguments } from "../check-result.ts";
import { firstCharacter, noneOff } from "../ifbench-text.ts";
import { readableWords } from "../readable-text.ts";
import type { Checker } from "../registry.ts";
import { isLowerCase, isUpperCase } from "../text.ts";
import { treebankTokens } from "../treebank-tokens.ts";

/** Articles, short conjunctions and prepositions, which titles write small. */
const SMALL = new Set("a an the and but or nor for so yet as at by in of on to up via per from into onto over with than off".split(" "));

export const ifbenchFormatTitleCase: Checker<NoArguments> = {
  id: "format:title_case",
  kwargs: noArguments,
  conflicts: ["raif:lowercase", "raif:uppercase", "change_case:english_lowercase", "change_case:english_capital"],
  describe: () => "title case: words begin with a capital",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const found = (mode === "compat" ? treebankTokens(text) : readableWords(text)).filter((word) => /^\p{L}/u.test(word.text));
    const off = found.filter((word, index) => {
      if (mode === "compat") return isOffToReference(word.text);
      return /^\p{Lowercase}/u.test(word.text) && (index === 0 || !SMALL.has(word.text));
    });
    return noneOff(this.describe(kwargs), found.length, "word", off);
  },
};

/** A small first letter with the rest all small or all capital; mixed words such as "iPhone" pass. */
function isOffToReference(word: string): boolean {
  const first = firstCharacter(word);
  const rest = word.slice(first.length);
  return /^\p{Lowercase}$/u.test(first) && (rest === "" || isLowerCase(rest) || isUpperCase(rest));
}
