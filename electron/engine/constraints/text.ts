// How checkers read an answer: white space, words and letters as Python's str sees them, with UTF-16 offsets kept. Owns no rule.

import type { Span } from "../../../shared/domain/verdict.ts";
import { findMatches, SPACE_CLASS, WORD_CLASS } from "./python-pattern.ts";

const LEADING_SPACE = new RegExp(`^[${SPACE_CLASS}]*`, "u");
const TRAILING_SPACE = new RegExp(`[${SPACE_CLASS}]`, "u");
const WORD_TOKEN = new RegExp(`[${WORD_CLASS}]+`, "gu");
const WORD = new RegExp(`[${WORD_CLASS}]+(?:['’-][${WORD_CLASS}]+)*`, "gu");

export interface Token extends Span {
  readonly text: string;
}

/** The range that Python's str.strip would keep; empty range at the end for a blank text. */
export function strippedRange(text: string): Span {
  const start = LEADING_SPACE.exec(text)?.[0].length ?? 0;
  let end = text.length;
  while (end > start && TRAILING_SPACE.test(text[end - 1] ?? "")) end -= 1;
  return { start, end };
}

/** Python's str.strip(). */
export function strip(text: string): string {
  const { start, end } = strippedRange(text);
  return text.slice(start, end);
}

export function isBlank(text: string): boolean {
  return strip(text) === "";
}

/** Runs of Python's \w: what IFEval counts as words ("don't" is two). */
export function wordTokens(text: string): Token[] {
  return tokens(text, WORD_TOKEN);
}

/** Words as a reader sees them: like wordTokens, but inner apostrophes and hyphens join ("don't" and "well-known" are one). */
export function words(text: string): Token[] {
  return tokens(text, WORD);
}

function tokens(text: string, pattern: RegExp): Token[] {
  return findMatches(text, pattern).map((span) => ({ ...span, text: text.slice(span.start, span.end) }));
}

/** Places where a word or phrase stands as a whole, ignoring case; the phrase is literal, its white space matches any white space. */
export function findWholeWord(text: string, phrase: string): Span[] {
  const parts = strip(phrase)
    .split(new RegExp(`[${SPACE_CLASS}]+`, "u"))
    .map(escapePattern);
  const body = parts.join(`[${SPACE_CLASS}]+`);
  return findMatches(text, new RegExp(`(?<![${WORD_CLASS}])${body}(?![${WORD_CLASS}])`, "giu"));
}

/** Quotes a text for use in a JavaScript pattern with the `u` flag. */
export function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** Python's str.isupper(): at least one cased character, and none that is lower or title case. */
export function isUpperCase(text: string): boolean {
  return /\p{Uppercase}/u.test(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text);
}

/** Python's str.islower(): at least one cased character, and none that is upper or title case. */
export function isLowerCase(text: string): boolean {
  return /\p{Lowercase}/u.test(text) && !/[\p{Uppercase}\p{Lt}]/u.test(text);
}

/** The pieces between literal separators, with their places. */
export function splitSpans(text: string, separators: readonly Span[]): Token[] {
  const pieces: Token[] = [];
  let start = 0;
  for (const separator of [...separators, { start: text.length, end: text.length }]) {
    pieces.push({ start, end: separator.start, text: text.slice(start, separator.start) });
    start = separator.end;
  }
  return pieces;
}
