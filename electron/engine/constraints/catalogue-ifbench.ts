// The rules of IFBench (arXiv 2507.02833).

import { ifbenchCountConjunctions } from "./checkers/ifbench-count-conjunctions.ts";
import { ifbenchCountKeywordsMultiple } from "./checkers/ifbench-count-keywords-multiple.ts";
import { ifbenchCountNumbers } from "./checkers/ifbench-count-numbers.ts";
import { ifbenchCountPersonNames } from "./checkers/ifbench-count-person-names.ts";
import { ifbenchCountPronouns } from "./checkers/ifbench-count-pronouns.ts";
import { ifbenchCountPunctuation } from "./checkers/ifbench-count-punctuation.ts";
import { ifbenchCountUniqueWordCount } from "./checkers/ifbench-count-unique-word-count.ts";
import { ifbenchCountWordCountRange } from "./checkers/ifbench-count-word-count-range.ts";
import { ifbenchCountWordsJapanese } from "./checkers/ifbench-count-words-japanese.ts";
import { ifbenchCustomCharacterReverse } from "./checkers/ifbench-custom-character-reverse.ts";
import { ifbenchCustomCsvCity } from "./checkers/ifbench-custom-csv-city.ts";
import { ifbenchCustomCsvQuotes } from "./checkers/ifbench-custom-csv-quotes.ts";
import { ifbenchCustomCsvSpecialCharacter } from "./checkers/ifbench-custom-csv-special-character.ts";
import { ifbenchCustomDateFormatList } from "./checkers/ifbench-custom-date-format-list.ts";
import { ifbenchCustomEuropeanCapitalsSort } from "./checkers/ifbench-custom-european-capitals-sort.ts";
import { ifbenchCustomMcqCountLength } from "./checkers/ifbench-custom-mcq-count-length.ts";
import { ifbenchCustomMultiples } from "./checkers/ifbench-custom-multiples.ts";
import { ifbenchCustomReverseNewline } from "./checkers/ifbench-custom-reverse-newline.ts";
import { ifbenchCustomSentenceAlphabet } from "./checkers/ifbench-custom-sentence-alphabet.ts";
import { ifbenchCustomWordReverse } from "./checkers/ifbench-custom-word-reverse.ts";
import { ifbenchFormatEmoji } from "./checkers/ifbench-format-emoji.ts";
import { ifbenchFormatLineIndent } from "./checkers/ifbench-format-line-indent.ts";
import { ifbenchFormatList } from "./checkers/ifbench-format-list.ts";
import { ifbenchFormatNewline } from "./checkers/ifbench-format-newline.ts";
import { ifbenchFormatNoBulletsBullets } from "./checkers/ifbench-format-no-bullets-bullets.ts";
import { ifbenchFormatNoWhitespace } from "./checkers/ifbench-format-no-whitespace.ts";
import { ifbenchFormatOptions } from "./checkers/ifbench-format-options.ts";
import { ifbenchFormatOutputTemplate } from "./checkers/ifbench-format-output-template.ts";
import { ifbenchFormatParentheses } from "./checkers/ifbench-format-parentheses.ts";
import { ifbenchFormatQuoteUnquote } from "./checkers/ifbench-format-quote-unquote.ts";
import { ifbenchFormatQuotes } from "./checkers/ifbench-format-quotes.ts";
import { ifbenchFormatSubBullets } from "./checkers/ifbench-format-sub-bullets.ts";
import { ifbenchFormatThesis } from "./checkers/ifbench-format-thesis.ts";
import { ifbenchFormatTitleCase } from "./checkers/ifbench-format-title-case.ts";
import { ifbenchRatioOverlap } from "./checkers/ifbench-ratio-overlap.ts";
import { ifbenchRatioSentenceBalance } from "./checkers/ifbench-ratio-sentence-balance.ts";
import { ifbenchRatioSentenceType } from "./checkers/ifbench-ratio-sentence-type.ts";
import { ifbenchRatioSentenceWords } from "./checkers/ifbench-ratio-sentence-words.ts";
import { ifbenchRatioStopWords } from "./checkers/ifbench-ratio-stop-words.ts";
import { ifbenchRepeatChange } from "./checkers/ifbench-repeat-change.ts";
import { ifbenchRepeatSimple } from "./checkers/ifbench-repeat-simple.ts";
import { ifbenchRepeatSpan } from "./checkers/ifbench-repeat-span.ts";
import { ifbenchSentenceAlliterationIncrement } from "./checkers/ifbench-sentence-alliteration-increment.ts";
import { ifbenchSentenceIncrement } from "./checkers/ifbench-sentence-increment.ts";
import { ifbenchSentenceKeyword } from "./checkers/ifbench-sentence-keyword.ts";
import { ifbenchWordsAlphabet } from "./checkers/ifbench-words-alphabet.ts";
import { ifbenchWordsConsonants } from "./checkers/ifbench-words-consonants.ts";
import { ifbenchWordsKeywordsSpecificPosition } from "./checkers/ifbench-words-keywords-specific-position.ts";
import { ifbenchWordsLastFirst } from "./checkers/ifbench-words-last-first.ts";
import { ifbenchWordsNoConsecutive } from "./checkers/ifbench-words-no-consecutive.ts";
import { ifbenchWordsOddEvenSyllables } from "./checkers/ifbench-words-odd-even-syllables.ts";
import { ifbenchWordsPalindrome } from "./checkers/ifbench-words-palindrome.ts";
import { ifbenchWordsParagraphLastFirst } from "./checkers/ifbench-words-paragraph-last-first.ts";
import { ifbenchWordsPrimeLengths } from "./checkers/ifbench-words-prime-lengths.ts";
import { ifbenchWordsRepeats } from "./checkers/ifbench-words-repeats.ts";
import { ifbenchWordsStartVerb } from "./checkers/ifbench-words-start-verb.ts";
import { ifbenchWordsVowel } from "./checkers/ifbench-words-vowel.ts";
import { ifbenchWordsWordsPosition } from "./checkers/ifbench-words-words-position.ts";
import type { Checker } from "./registry.ts";

export const IFBENCH_CHECKERS: readonly Checker[] = [
  ifbenchCountConjunctions,
  ifbenchCountKeywordsMultiple,
  ifbenchCountNumbers,
  ifbenchCountPersonNames,
  ifbenchCountPronouns,
  ifbenchCountPunctuation,
  ifbenchCountUniqueWordCount,
  ifbenchCountWordCountRange,
  ifbenchCountWordsJapanese,
  ifbenchCustomCharacterReverse,
  ifbenchCustomCsvCity,
  ifbenchCustomCsvQuotes,
  ifbenchCustomCsvSpecialCharacter,
  ifbenchCustomDateFormatList,
  ifbenchCustomEuropeanCapitalsSort,
  ifbenchCustomMcqCountLength,
  ifbenchCustomMultiples,
  ifbenchCustomReverseNewline,
  ifbenchCustomSentenceAlphabet,
  ifbenchCustomWordReverse,
  ifbenchFormatEmoji,
  ifbenchFormatLineIndent,
  ifbenchFormatList,
  ifbenchFormatNewline,
  ifbenchFormatNoBulletsBullets,
  ifbenchFormatNoWhitespace,
  ifbenchFormatOptions,
  ifbenchFormatOutputTemplate,
  ifbenchFormatParentheses,
  ifbenchFormatQuoteUnquote,
  ifbenchFormatQuotes,
  ifbenchFormatSubBullets,
  ifbenchFormatThesis,
  ifbenchFormatTitleCase,
  ifbenchRatioOverlap,
  ifbenchRatioSentenceBalance,
  ifbenchRatioSentenceType,
  ifbenchRatioSentenceWords,
  ifbenchRatioStopWords,
  ifbenchRepeatChange,
  ifbenchRepeatSimple,
  ifbenchRepeatSpan,
  ifbenchSentenceAlliterationIncrement,
  ifbenchSentenceIncrement,
  ifbenchSentenceKeyword,
  ifbenchWordsAlphabet,
  ifbenchWordsConsonants,
  ifbenchWordsKeywordsSpecificPosition,
  ifbenchWordsLastFirst,
  ifbenchWordsNoConsecutive,
  ifbenchWordsOddEvenSyllables,
  ifbenchWordsPalindrome,
  ifbenchWordsParagraphLastFirst,
  ifbenchWordsPrimeLengths,
  ifbenchWordsRepeats,
  ifbenchWordsStartVerb,
  ifbenchWordsVowel,
  ifbenchWordsWordsPosition,
];
