// Syllables of English words, by CMU's pronouncing dictionary (package "cmu-pronouncing-dictionary"). What it lacks is counted by groups
// of vowel letters in "compat", as the public checkers' library does, and by the library "syllable" in "corrected". Owns no rule.

import { createRequire } from "node:module";
import { syllable } from "syllable";
import type { CheckMode } from "../../../shared/domain/instruction.ts";

const require = createRequire(import.meta.url);

let dictionary: Readonly<Record<string, string>> | undefined;

/** Longer than any word; what is longer is no word, and not worth the time. */
const LONGEST = 100;

/** `word` in lower case. "corrected" finds none in numbers and other scripts; "compat" finds at least one everywhere. */
export function countSyllables(word: string, mode: CheckMode): number {
  dictionary ??= (require("cmu-pronouncing-dictionary") as { readonly dictionary: Readonly<Record<string, string>> }).dictionary;
  // Every vowel of a pronunciation carries its stress as a digit.
  if (Object.hasOwn(dictionary, word)) return dictionary[word]?.match(/\d/g)?.length ?? 1;
  if (mode === "compat") return vowelGroups(word);
  return word.length > LONGEST ? 0 : syllable(word);
}

/** A final e is silent, unless it makes a syllable of an l behind a consonant ("able"). */
function vowelGroups(word: string): number {
  const groups = word.match(/[aeiouy]+/g)?.length ?? 0;
  const silent = word.endsWith("e") && !/[^aeiouy]le$/.test(word);
  return Math.max(1, groups - (silent ? 1 : 0));
}
