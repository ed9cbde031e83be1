// How IFBench's rules read an answer: words between white space, ASCII punctuation taken off or out, lines, sentences, characters as
// code points; everything with its place in the text. Owns no rule.

import type { CheckMode } from "../../../shared/domain/instruction.ts";
import type { CheckResult, Span } from "../../../shared/domain/verdict.ts";
import { counted, excerpt, result } from "./check-result.ts";
import { findMatches, SPACE_CLASS, WORD_CLASS } from "./python-pattern.ts";
import { sentences } from "./sentences.ts";
import { escapePattern, splitSpans, strip, type Token } from "./text.ts";

/** Body of a character class for the 32 punctuation marks of ASCII. */
export const PUNCTUATION_CLASS = "!-/:-@[-`{-~";

const SPACED = new RegExp(`[^${SPACE_CLASS}]+`, "gu");
const PUNCTUATION = new RegExp(`[${PUNCTUATION_CLASS}]`, "g");
const MARK = new RegExp(`[${PUNCTUATION_CLASS} ]`, "u");
/** Marks of other scripts too: what a reader would not call part of a word. */
const ANY_MARK = /[\p{P}\p{S} ]/u;

/** Words as Python's str.split() cuts them. */
export function spacedWords(text: string): Token[] {
  return [...text.matchAll(SPACED)].map(({ 0: word, index }) => ({ text: word, start: index, end: index + word.length }));
}

/** The same with every ASCII punctuation mark taken out of the words ("don't" reads "dont"); words of marks alone vanish. */
export function bareWords(text: string): Token[] {
  return spacedWords(text)
    .map((word) => ({ ...word, text: withoutPunctuation(word.text) }))
    .filter((word) => word.text !== "");
}

export function withoutPunctuation(text: string): string {
  return text.replace(PUNCTUATION, "");
}

/** The range that is left when punctuation and spaces (no other white space) are taken off both ends. */
export function unmarkedRange(text: string, mode: CheckMode = "compat"): Span {
  const mark = mode === "compat" ? MARK : ANY_MARK;
  let start = 0;
  let end = text.length;
  while (start < end && mark.test(text[start] ?? "")) start += 1;
  while (end > start && mark.test(text[end - 1] ?? "")) end -= 1;
  return { start, end };
}

/** The text without punctuation and spaces at its ends; "corrected" takes off the marks of every script. */
export function unmarked(text: string, mode: CheckMode = "compat"): string {
  const { start, end } = unmarkedRange(text, mode);
  return text.slice(start, end);
}

/** Pieces between line feeds. */
export function lines(text: string): Token[] {
  const breaks = [...text.matchAll(/\n/g)].map(({ index }) => ({ start: index, end: index + 1 }));
  return splitSpans(text, breaks);
}

/** Pieces between single characters or short strings, as Python's str.split(separator). */
export function pieces(text: string, separator: string): Token[] {
  const found: Span[] = [];
  for (let at = text.indexOf(separator); at >= 0; at = text.indexOf(separator, at + separator.length)) {
    found.push({ start: at, end: at + separator.length });
  }
  return splitSpans(text, found);
}

/** Sentences with their text. */
export function sentenceTokens(text: string): Token[] {
  return sentences(text).map(({ start, end }) => ({ start, end, text: text.slice(start, end) }));
}

/** Length in code points, as Python's len(). */
export function characters(text: string): number {
  let count = 0;
  for (const character of text) count += character === "" ? 0 : 1;
  return count;
}

export function firstCharacter(text: string): string {
  return String.fromCodePoint(text.codePointAt(0) ?? 0);
}

/** The text in ASCII: accents dropped, other scripts left out. */
export function plainLetters(text: string): string {
  return text.normalize("NFKD").replace(/[^\0-\x7f]/g, "");
}

/** Moves the places of tokens of a part of the text to places in the whole. */
export function shift(tokens: readonly Token[], offset: number): Token[] {
  return tokens.map((token) => ({ text: token.text, start: token.start + offset, end: token.end + offset }));
}

/** Bare places of tokens. */
export function places(tokens: readonly Span[]): Span[] {
  return tokens.map(({ start, end }) => ({ start, end }));
}

/** The verdict of a rule that every item has to follow: passes if none is off; the first ones off are quoted and marked. */
export function noneOff(expected: string, total: number, item: string, off: readonly Token[]): CheckResult {
  const first = off[0];
  if (first === undefined) return result(true, expected, `all of ${counted(total, item)}`);
  return result(false, expected, `${off.length} of ${counted(total, item)} not, first ${excerpt(strip(first.text))}`, places(off));
}

const CJK = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]/u;
const WORD_CHARACTER = new RegExp(`[${WORD_CLASS}]`, "u");

/** Places where a literal keyword stands as a whole word, ignoring case unless told; in scripts without spaces it may stand anywhere. */
export function findKeyword(text: string, keyword: string, flags: "gu" | "giu" = "giu"): Span[] {
  const literal = strip(keyword);
  if (literal === "") return [];
  const joins = (character: string | undefined): boolean =>
    character !== undefined && WORD_CHARACTER.test(character) && !CJK.test(character);
  const characters = Array.from(literal);
  const before = joins(characters[0]) ? `(?<![${WORD_CLASS}])` : "";
  const after = joins(characters.at(-1)) ? `(?![${WORD_CLASS}])` : "";
  return findMatches(text, new RegExp(`${before}${escapePattern(literal)}${after}`, flags));
}

/** Non-overlapping places of a phrase in the lower-cased text, as Python's text.lower().count(phrase.lower()) counts them. */
export function findLowered(text: string, phrase: string): Span[] {
  const [lowered, sought] = [text.toLowerCase(), phrase.toLowerCase()];
  const found: Span[] = [];
  for (let at = lowered.indexOf(sought); at >= 0 && sought !== ""; at = lowered.indexOf(sought, at + sought.length)) {
    // A few letters grow when lower-cased; then places are approximate, but never outside the text.
    found.push({ start: Math.min(at, text.length), end: Math.min(at + sought.length, text.length) });
  }
  return found;
}
