// IFEval change_case:english_capital: English, all in capitals. langdetect passes over words in capitals, so the public checker tells
// the language by what is left and passes a text of no language; "corrected" looks at the text in small letters.

import { noArguments, result, type NoArguments } from "../check-result.ts";
import { detectLanguage, isPlausiblyEnglish } from "../language.ts";
import { findMatches } from "../python-pattern.ts";
import type { Checker } from "../registry.ts";
import { isUpperCase } from "../text.ts";

export const caseEnglishCapital: Checker<NoArguments> = {
  id: "change_case:english_capital",
  kwargs: noArguments,
  conflicts: ["change_case:english_lowercase", "raif:lowercase", "detectable_format:constrained_response"],
  describe: () => "English, all letters in capitals",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    if (!isUpperCase(text)) {
      const small = findMatches(text, /[\p{Lowercase}\p{Lt}]+/gu);
      return result(false, this.describe(kwargs), small.length === 0 ? "no capitals" : "small letters", small);
    }
    const isEnglish = mode === "corrected" ? isPlausiblyEnglish(text.toLowerCase()) : (detectLanguage(text) ?? "en") === "en";
    return result(isEnglish, this.describe(kwargs), isEnglish ? "English in capitals" : "capitals, but not English");
  },
};
