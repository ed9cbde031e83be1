// How IFBench's rules read an answer: words between white space, ASCII punctuation taken off or out, lines, sentences, characters as
// code points; everything with its place in the text. Owns no rule.

import type { CheckMode } from "../../../shared/domain/instruction.ts";
import type { CheckResult, Span } from "../../../shared/domain/verdict.ts";
import { counted, excerpt, result } from "./check-result.ts";
import { SPACE_CLASS } from "./python-pattern.ts";
import { readableSentences, readableWords } from "./readable-text.ts";
import { sentences } from "./sentences.ts";
import { splitSpans, strip, type Token } from "./text.ts";

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

/**
 * Words without the marks inside them ("don't" reads "dont"); words of marks alone vanish. "compat" knows white space and ASCII marks,
 * "corrected" the words and marks of every script.
 */
export function bareWords(text: string, mode: CheckMode): Token[] {
  const words = mode === "compat" ? spacedWords(text) : readableWords(text);
  const bare = mode === "compat" ? withoutPunctuation : withoutMarks;
  return words.map((word) => ({ ...word, text: bare(word.text) })).filter((word) => word.text !== "");
}

export function withoutPunctuation(text: string): string {
  return text.replace(PUNCTUATION, "");
}

function withoutMarks(text: string): string {
  return text.replace(/[\p{P}\p{S}]/gu, "");
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

/** Sentences with their text: Punkt's, or those of any script. */
export function sentenceTokens(text: string, mode: CheckMode): Token[] {
  const found = mode === "compat" ? sentences(text) : readableSentences(text);
  return found.map(({ start, end }) => ({ start, end, text: text.slice(start, end) }));
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
