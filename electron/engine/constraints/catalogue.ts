// The rule catalogue: every checker, found by id, and the check of a composition tree's rule ids and arguments at load.
// Evaluating a tree lives in composition.ts.

import type { CompositionNode, RuleNode } from "../../../shared/domain/instruction.ts";
import { editDistance } from "../../../shared/edit-distance.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { caseCapitalWordFrequency } from "./checkers/case-capital-word-frequency.ts";
import { combinationRepeatPrompt } from "./checkers/combination-repeat-prompt.ts";
import { combinationTwoResponses } from "./checkers/combination-two-responses.ts";
import { containsNumber } from "./checkers/contains-number.ts";
import { contentNumberPlaceholders } from "./checkers/content-number-placeholders.ts";
import { contentPostscript } from "./checkers/content-postscript.ts";
import { endsWithMark } from "./checkers/ends-with-mark.ts";
import { equals } from "./checkers/equals.ts";
import { exactWords } from "./checkers/exact-words.ts";
import { firstWord } from "./checkers/first-word.ts";
import { formatConstrainedResponse } from "./checkers/format-constrained-response.ts";
import { formatJson } from "./checkers/format-json.ts";
import { formatNumberBulletLists } from "./checkers/format-number-bullet-lists.ts";
import { formatNumberHighlightedSections } from "./checkers/format-number-highlighted-sections.ts";
import { formatTitle } from "./checkers/format-title.ts";
import { keywordsExistence } from "./checkers/keywords-existence.ts";
import { keywordsForbiddenWords } from "./checkers/keywords-forbidden-words.ts";
import { keywordsFrequency } from "./checkers/keywords-frequency.ts";
import { keywordsLetterFrequency } from "./checkers/keywords-letter-frequency.ts";
import { lastWord } from "./checkers/last-word.ts";
import { lengthNumberParagraphs } from "./checkers/length-number-paragraphs.ts";
import { lengthNumberSentences } from "./checkers/length-number-sentences.ts";
import { lengthNumberWords } from "./checkers/length-number-words.ts";
import { lowercase } from "./checkers/lowercase.ts";
import { moreOften } from "./checkers/more-often.ts";
import { numberedList } from "./checkers/numbered-list.ts";
import { onlyWordsFrom } from "./checkers/only-words-from.ts";
import { punctuationNoComma } from "./checkers/punctuation-no-comma.ts";
import { separator } from "./checkers/separator.ts";
import { sortedWords } from "./checkers/sorted-words.ts";
import { startendEndChecker } from "./checkers/startend-end-checker.ts";
import { startendQuotation } from "./checkers/startend-quotation.ts";
import { uniqueWords } from "./checkers/unique-words.ts";
import { uppercase } from "./checkers/uppercase.ts";
import { wordsFrom } from "./checkers/words-from.ts";
import type { Checker } from "./registry.ts";

const CHECKERS: readonly Checker[] = [
  caseCapitalWordFrequency,
  combinationRepeatPrompt,
  combinationTwoResponses,
  containsNumber,
  contentNumberPlaceholders,
  contentPostscript,
  endsWithMark,
  equals,
  exactWords,
  firstWord,
  formatConstrainedResponse,
  formatJson,
  formatNumberBulletLists,
  formatNumberHighlightedSections,
  formatTitle,
  keywordsExistence,
  keywordsForbiddenWords,
  keywordsFrequency,
  keywordsLetterFrequency,
  lastWord,
  lengthNumberParagraphs,
  lengthNumberSentences,
  lengthNumberWords,
  lowercase,
  moreOften,
  numberedList,
  onlyWordsFrom,
  punctuationNoComma,
  separator,
  sortedWords,
  startendEndChecker,
  startendQuotation,
  uniqueWords,
  uppercase,
  wordsFrom,
];

const CHECKER_BY_ID: ReadonlyMap<string, Checker> = new Map(CHECKERS.map((checker) => [checker.id, checker]));
const MAX_SUGGESTIONS = 3;

/** Every known rule id, sorted. */
export function ruleIds(): string[] {
  return [...CHECKER_BY_ID.keys()].sort();
}

/** Throws WorkbenchError("unknown-rule") naming the nearest ids. */
export function findChecker(id: string, where?: string): Checker {
  const checker = CHECKER_BY_ID.get(id);
  if (checker !== undefined) return checker;
  throw new WorkbenchError("unknown-rule", `there is no rule "${id}"`, {
    ...(where === undefined ? {} : { where }),
    expected: `one of the ${CHECKERS.length} known rules`,
    got: id,
    hint: `Nearest: ${nearestIds(id).join(", ")}.`,
  });
}

/**
 * The rule's arguments as its checker wants them. Throws WorkbenchError("unknown-rule" | "invalid-rule-arguments"); `where` names
 * the place of the rule in the file.
 */
export function parseKwargs(rule: RuleNode, where: string): unknown {
  const parsed = findChecker(rule.id, where).kwargs.safeParse(rule.kwargs);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${["kwargs", ...issue.path].join(".")}: ${issue.message}`);
  throw new WorkbenchError("invalid-rule-arguments", `the rule "${rule.id}" has wrong arguments`, {
    where,
    expected: problems.join("; "),
    got: JSON.stringify(rule.kwargs),
  });
}

/** Checks every rule of a tree, conditions of Selections included; a message names `where` and the path inside the tree. */
export function validateTree(node: CompositionNode, where: string): void {
  validateNode(node, where, []);
}

function validateNode(node: CompositionNode, where: string, path: readonly (string | number)[]): void {
  switch (node.type) {
    case "rule":
      parseKwargs(node, path.length === 0 ? where : `${where}, ${path.join(".")}`);
      return;
    case "and":
      node.children.forEach((child, index) => validateNode(child, where, [...path, "and", index]));
      return;
    case "chain":
      node.steps.forEach((step, index) => validateNode(step, where, [...path, "chain", index]));
      return;
    case "selection":
      node.branches.forEach((branch, index) => {
        validateNode(branch.when, where, [...path, "selection", "when", index]);
        validateNode(branch.then, where, [...path, "selection", "then", index]);
      });
      if (node.otherwise !== undefined) validateNode(node.otherwise, where, [...path, "selection", "otherwise"]);
  }
}

function nearestIds(id: string): string[] {
  return ruleIds()
    .map((known) => ({ known, distance: Math.min(editDistance(id, known), editDistance(id, known.split(":")[1] ?? known)) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MAX_SUGGESTIONS)
    .map(({ known }) => known);
}
