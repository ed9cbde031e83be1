// Rules of ours, without a public checker; their ids start with "raif:".

import { containsNumber } from "./checkers/contains-number.ts";
import { endsWithMark } from "./checkers/ends-with-mark.ts";
import { equals } from "./checkers/equals.ts";
import { exactWords } from "./checkers/exact-words.ts";
import { firstWord } from "./checkers/first-word.ts";
import { lastWord } from "./checkers/last-word.ts";
import { lowercase } from "./checkers/lowercase.ts";
import { moreOften } from "./checkers/more-often.ts";
import { numberedList } from "./checkers/numbered-list.ts";
import { onlyWordsFrom } from "./checkers/only-words-from.ts";
import { separator } from "./checkers/separator.ts";
import { sortedWords } from "./checkers/sorted-words.ts";
import { uniqueWords } from "./checkers/unique-words.ts";
import { uppercase } from "./checkers/uppercase.ts";
import { wordsFrom } from "./checkers/words-from.ts";
import type { Checker } from "./registry.ts";

export const OWN_CHECKERS: readonly Checker[] = [
  containsNumber,
  endsWithMark,
  equals,
  exactWords,
  firstWord,
  lastWord,
  lowercase,
  moreOften,
  numberedList,
  onlyWordsFrom,
  separator,
  sortedWords,
  uniqueWords,
  uppercase,
  wordsFrom,
];
