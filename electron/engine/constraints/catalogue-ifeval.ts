// The rules of IFEval (arXiv 2311.07911), and RAIF's addition to them.

import { caseCapitalWordFrequency } from "./checkers/case-capital-word-frequency.ts";
import { caseEnglishCapital } from "./checkers/case-english-capital.ts";
import { caseEnglishLowercase } from "./checkers/case-english-lowercase.ts";
import { combinationRepeatPrompt } from "./checkers/combination-repeat-prompt.ts";
import { combinationTwoResponses } from "./checkers/combination-two-responses.ts";
import { contentNumberPlaceholders } from "./checkers/content-number-placeholders.ts";
import { contentPostscript } from "./checkers/content-postscript.ts";
import { formatConstrainedResponse } from "./checkers/format-constrained-response.ts";
import { formatJson } from "./checkers/format-json.ts";
import { formatMultipleSections } from "./checkers/format-multiple-sections.ts";
import { formatNumberBulletLists } from "./checkers/format-number-bullet-lists.ts";
import { formatNumberHighlightedSections } from "./checkers/format-number-highlighted-sections.ts";
import { formatTitle } from "./checkers/format-title.ts";
import { formatXml } from "./checkers/format-xml.ts";
import { keywordsExistence } from "./checkers/keywords-existence.ts";
import { keywordsForbiddenWords } from "./checkers/keywords-forbidden-words.ts";
import { keywordsFrequency } from "./checkers/keywords-frequency.ts";
import { keywordsLetterFrequency } from "./checkers/keywords-letter-frequency.ts";
import { languageResponseLanguage } from "./checkers/language-response-language.ts";
import { lengthNthParagraphFirstWord } from "./checkers/length-nth-paragraph-first-word.ts";
import { lengthNumberParagraphs } from "./checkers/length-number-paragraphs.ts";
import { lengthNumberSentences } from "./checkers/length-number-sentences.ts";
import { lengthNumberWords } from "./checkers/length-number-words.ts";
import { punctuationNoComma } from "./checkers/punctuation-no-comma.ts";
import { startendEndChecker } from "./checkers/startend-end-checker.ts";
import { startendQuotation } from "./checkers/startend-quotation.ts";
import type { Checker } from "./registry.ts";

export const IFEVAL_CHECKERS: readonly Checker[] = [
  caseCapitalWordFrequency,
  caseEnglishCapital,
  caseEnglishLowercase,
  combinationRepeatPrompt,
  combinationTwoResponses,
  contentNumberPlaceholders,
  contentPostscript,
  formatConstrainedResponse,
  formatJson,
  formatMultipleSections,
  formatNumberBulletLists,
  formatNumberHighlightedSections,
  formatTitle,
  formatXml,
  keywordsExistence,
  keywordsForbiddenWords,
  keywordsFrequency,
  keywordsLetterFrequency,
  languageResponseLanguage,
  lengthNthParagraphFirstWord,
  lengthNumberParagraphs,
  lengthNumberSentences,
  lengthNumberWords,
  punctuationNoComma,
  startendEndChecker,
  startendQuotation,
];
