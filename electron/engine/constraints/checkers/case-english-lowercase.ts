// IFEval change_case:english_lowercase: English, all in small letters. The public checker passes a text of no language.

import { noArguments, result, type NoArguments } from "../check-result.ts";
import { detectLanguage, isPlausiblyEnglish } from "../language.ts";
import { findMatches } from "../python-pattern.ts";
import type { Checker } from "../registry.ts";
import { isLowerCase } from "../text.ts";

export const caseEnglishLowercase: Checker<NoArguments> = {
  id: "change_case:english_lowercase",
  kwargs: noArguments,
  conflicts: [
    "change_case:english_capital",
    "change_case:capital_word_frequency",
    "raif:uppercase",
    "detectable_format:constrained_response",
  ],
  describe: () => "English, all letters in lower case",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    if (!isLowerCase(text)) {
      const capitals = findMatches(text, /[\p{Uppercase}\p{Lt}]+/gu);
      return result(false, this.describe(kwargs), capitals.length === 0 ? "no letters with case" : "capitals", capitals);
    }
    const isEnglish = mode === "corrected" ? isPlausiblyEnglish(text) : (detectLanguage(text) ?? "en") === "en";
    return result(isEnglish, this.describe(kwargs), isEnglish ? "English in lower case" : "lower case, but not English");
  },
};
