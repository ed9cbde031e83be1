// How a person reads a text, in any script: its words, its sentences, and where a word or phrase stands. This is what rules count in
// "corrected" mode; what the public checkers count is in text.ts and sentences.ts. Owns no rule.

import type { Span } from "../../../shared/domain/verdict.ts";
import { findMatches, isAscii, SPACE_CLASS } from "./python-pattern.ts";
import { sentences } from "./sentences.ts";
import { escapePattern, isBlank, strip, type Token } from "./text.ts";

/** Scripts that write no spaces between words, and Korean, whose particles are written onto the word. */
const UNSPACED_CLASS =
  "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}ー々\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}";
const RUN_TOGETHER = new RegExp(`[${UNSPACED_CLASS}\\p{Script=Hangul}]`, "u");
const UNSPACED = new RegExp(`[${UNSPACED_CLASS}]`, "u");
const LETTER_CLASS = "\\p{L}\\p{M}\\p{N}_";
/** Those of ASCII: a pattern that knows no others is made thirty times faster. */
const ASCII_LETTER_CLASS = "A-Za-z0-9_";
/** Letters with their marks; apostrophes and hyphens join inside, points and commas between digits. */
const WORD = new RegExp(
  `[${UNSPACED_CLASS}][${UNSPACED_CLASS}\\p{M}]*|(?:(?![${UNSPACED_CLASS}])[${LETTER_CLASS}])+` +
    `(?:(?:['’‐‑-]|(?<=\\p{Nd})[.,](?=\\p{Nd}))(?:(?![${UNSPACED_CLASS}])[${LETTER_CLASS}])+)*`,
  "gu",
);

let segmenter: Intl.Segmenter | undefined;

/** "don't", "well-known" and "3.5" are one word; Chinese, Japanese and other unspaced scripts are cut by Unicode's dictionaries. */
export function readableWords(text: string): Token[] {
  return findMatches(text, WORD).flatMap(({ start, end }) => {
    const run = text.slice(start, end);
    if (!/[\p{L}\p{N}]/u.test(run)) return [];
    return UNSPACED.test(run) ? dictionaryWords(run, start) : [{ text: run, start, end }];
  });
}

function dictionaryWords(run: string, offset: number): Token[] {
  segmenter ??= new Intl.Segmenter("zh", { granularity: "word" });
  return Array.from(segmenter.segment(run))
    .filter(({ isWordLike }) => isWordLike === true)
    .map(({ segment, index }) => ({ text: segment, start: offset + index, end: offset + index + segment.length }));
}

/** Marks that end a sentence in scripts other than Latin, with what closes behind them; a quotation that Japanese goes on from ends none. */
const OTHER_ENDS = /[。！？｡؟۔।॥።]+(?![。！？｡])(?:[”’」』）〉》】"')\]]+(?!\p{Script=Hiragana})|(?![”’」』）〉》】"')\]]))/gu;

/** English sentences as Punkt cuts them, cut further at the full stops, question and exclamation marks of other scripts. */
export function readableSentences(text: string): Span[] {
  const found: Span[] = [];
  let start = 0;
  for (const { end } of [...findMatches(text, OTHER_ENDS), { end: text.length }]) {
    const piece = text.slice(start, end);
    for (const span of sentences(piece)) found.push({ start: start + span.start, end: start + span.end });
    start = end;
  }
  return found.filter((span) => /[\p{L}\p{N}]/u.test(text.slice(span.start, span.end)));
}

const SPACES = new RegExp(`[${SPACE_CLASS}]+`, "u");

/**
 * Places of a word or phrase, ignoring case and width; it is literal, its white space matches any. It has to stand by itself, except at an edge
 * where its script runs words together ("北京" is in "我在北京住").
 */
export function findPhrase(text: string, phrase: string): Span[] {
  return isBlank(phrase) ? [] : findMatches(text, phrasePattern(strip(phrase), isAscii(text)));
}

/** Compiled once a phrase, and once more for texts of ASCII. */
const phrasePatterns = new Map<string, RegExp>();
const MAX_PHRASES = 5000;

function phrasePattern(stripped: string, inAscii: boolean): RegExp {
  const key = `${inAscii ? "a" : ""} ${stripped}`;
  const known = phrasePatterns.get(key);
  if (known !== undefined) return known;
  if (phrasePatterns.size >= MAX_PHRASES) phrasePatterns.clear();
  const body = stripped
    .split(SPACES)
    .map((part) => Array.from(part, eitherWidth).join(""))
    .join(`[${SPACE_CLASS}]+`);
  const letters = inAscii ? ASCII_LETTER_CLASS : LETTER_CLASS;
  const before = needsBoundary(Array.from(stripped)[0]) ? `(?<![${letters}])` : "";
  const after = needsBoundary(Array.from(stripped).at(-1)) ? `(?![${letters}])` : "";
  const pattern = new RegExp(`${before}${body}${after}`, "giu");
  phrasePatterns.set(key, pattern);
  return pattern;
}

/** A character in its plain and its full-width form. */
function eitherWidth(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const plain = code >= 0xff01 && code <= 0xff5e ? code - 0xfee0 : code;
  if (plain < 0x21 || plain > 0x7e) return escapePattern(character);
  return `(?:${escapePattern(String.fromCodePoint(plain))}|${String.fromCodePoint(plain + 0xfee0)})`;
}

function needsBoundary(edge: string | undefined): boolean {
  return edge !== undefined && /[\p{L}\p{N}_]/u.test(edge) && !RUN_TOGETHER.test(edge);
}

const FENCE = /^(`{3,}|~{3,})(?:[\w+-]+(?=[\s{[<"]))?/;

/** The text without a code fence around the whole of it, and without outer white space. */
export function withoutFence(text: string): string {
  const body = strip(text);
  const [opening = "", fence = ""] = FENCE.exec(body) ?? [];
  const isFenced = fence !== "" && body.endsWith(fence) && body.length >= opening.length + fence.length;
  return isFenced ? strip(body.slice(opening.length, -fence.length)) : body;
}

const OUTER_MARK = new RegExp(`["'“”‘’«»「」『』＂*_\`${SPACE_CLASS}]`, "u");

/** The range of the text inside quotation marks, Markdown marks and white space around it. */
export function insideMarks(text: string): Span {
  let [start, end] = [0, text.length];
  while (start < end && OUTER_MARK.test(text.charAt(start))) start += 1;
  while (end > start && OUTER_MARK.test(text.charAt(end - 1))) end -= 1;
  return { start, end };
}

/** Lower case, full-width forms as plain ones: for comparing what a person would call the same. */
export function foldText(text: string): string {
  return text.normalize("NFKC").replace(/。/g, ".").toLowerCase();
}
