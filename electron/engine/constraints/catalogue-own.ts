// Rules of ours, without a public checker; their ids start with "raif:".

import { characterRange } from "./checkers/character-range.ts";
import { codeFence } from "./checkers/code-fence.ts";
import { containsNumber } from "./checkers/contains-number.ts";
import { endsWithMark } from "./checkers/ends-with-mark.ts";
import { equals } from "./checkers/equals.ts";
import { equalsNumber } from "./checkers/equals-number.ts";
import { exactWords } from "./checkers/exact-words.ts";
import { firstWord } from "./checkers/first-word.ts";
import { jsonSchema } from "./checkers/json-schema.ts";
import { lastWord } from "./checkers/last-word.ts";
import { lineRange } from "./checkers/line-range.ts";
import { lowercase } from "./checkers/lowercase.ts";
import { moreOften } from "./checkers/more-often.ts";
import { numberedList } from "./checkers/numbered-list.ts";
import { onlyWordsFrom } from "./checkers/only-words-from.ts";
import { regex } from "./checkers/regex.ts";
import { separator } from "./checkers/separator.ts";
import { sortedWords } from "./checkers/sorted-words.ts";
import { tableShape } from "./checkers/table-shape.ts";
import { uniqueWords } from "./checkers/unique-words.ts";
import { uppercase } from "./checkers/uppercase.ts";
import { wordRange } from "./checkers/word-range.ts";
import { wordsFrom } from "./checkers/words-from.ts";
import type { Checker } from "./registry.ts";

export const OWN_CHECKERS: readonly Checker[] = [
  characterRange,
  codeFence,
  containsNumber,
  endsWithMark,
  equals,
  equalsNumber,
  exactWords,
  firstWord,
  jsonSchema,
  lastWord,
  lineRange,
  lowercase,
  moreOften,
  numberedList,
  onlyWordsFrom,
  regex,
  separator,
  sortedWords,
  tableShape,
  uniqueWords,
  uppercase,
  wordRange,
  wordsFrom,
];
