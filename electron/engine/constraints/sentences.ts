// Sentence boundaries for English as the Punkt method sets them (Kiss and Strunk 2006): a full stop, ! or ? before white space or
// closing punctuation ends a sentence unless it belongs to an abbreviation, an initial or a list number; a line break alone never does.
// Punkt's trained tables are replaced by the short lists below, so rare abbreviations differ from the public checker. Owns no rule.

import type { Span } from "../../../shared/domain/verdict.ts";
import { SPACE_CLASS } from "./python-pattern.ts";
import { strippedRange } from "./text.ts";

/** Abbreviations after which a sentence goes on, without the final full stop. */
const ABBREVIATIONS = new Set(
  (
    "mr mrs ms dr prof st gen sen rep gov lt col sgt capt adm rev hon jr sr inc corp co ltd bros vs e.g a.m p.m u.s u.k u.n d.c " +
    "jan feb aug sept oct nov dec mt ft ph.d m.d b.a m.a"
  ).split(" "),
);
/** Words that, written with a capital after an ellipsis, open a new sentence. */
const SENTENCE_OPENERS = new Set(
  "the a an he she it they we you this that these those there but and so in on at for if when what why how who no not".split(" "),
);

const CANDIDATE = new RegExp(`[.?!](?:(?=[)";}\\]*:@'({[!?])|(?=[${SPACE_CLASS}]+[^${SPACE_CLASS}]))`, "gu");
const LAST_ASCII_SPACE = /[ \t\n\r\v\f](?=[^ \t\n\r\v\f]*$)/;
const NEXT_WORD = new RegExp(`^[${SPACE_CLASS}]*([^${SPACE_CLASS}]+)`, "u");
const SPACES = new RegExp(`^[${SPACE_CLASS}]*`, "u");
const CLOSERS = new RegExp(`^["')\\]}]+?(?=[${SPACE_CLASS}]+|--|$)`, "u");

/** Sentences without the white space around them; blank text has none. */
export function sentences(text: string): Span[] {
  const end = strippedRange(text).end;
  const starts = [0];
  for (const boundary of boundaries(text)) starts.push(boundary);
  const raw = starts.map((start, index) => ({ start, end: starts[index + 1] ?? end })).filter((span) => span.end > span.start);
  return moveClosersBack(text, raw);
}

/** Offsets right after the marks that end a sentence. */
function boundaries(text: string): number[] {
  const found: number[] = [];
  let previous: { wordStart: number; mark: number } | undefined;
  let searchFrom = 0;
  const decide = (candidate: { wordStart: number; mark: number }): void => {
    if (endsSentence(text, candidate.wordStart, candidate.mark)) found.push(candidate.mark + 1);
  };
  for (const match of text.matchAll(CANDIDATE)) {
    // Of several candidates inside one word only the last counts: "No way!!! Yes" has one end there.
    const space = LAST_ASCII_SPACE.exec(text.slice(searchFrom, match.index));
    const wordStart = space !== null && space.index > 0 ? searchFrom + space.index + 1 : (previous?.wordStart ?? 0);
    if (previous !== undefined && previous.mark <= wordStart) decide(previous);
    previous = { wordStart, mark: match.index };
    searchFrom = match.index;
  }
  if (previous !== undefined) decide(previous);
  return found;
}

function endsSentence(text: string, wordStart: number, mark: number): boolean {
  if (text[mark] !== ".") return true;
  const word = /[^?!)";}\]*:@'({[,]*$/.exec(text.slice(wordStart, mark))?.[0] ?? "";
  const next = NEXT_WORD.exec(text.slice(mark + 1))?.[1] ?? "";
  const nextIsLower = /^\p{Lowercase}/u.test(next);
  const nextIsUpper = /^\p{Uppercase}/u.test(next);
  if (word.endsWith(".")) return nextIsUpper && SENTENCE_OPENERS.has(next.replace(/[^\p{L}].*$/u, "").toLowerCase());
  const lowered = word.toLowerCase();
  if (ABBREVIATIONS.has(lowered) || ABBREVIATIONS.has(lowered.split("-").at(-1) ?? "")) return false;
  if (/^\p{L}$/u.test(word)) return !nextIsUpper || SENTENCE_OPENERS.has(next.toLowerCase());
  if (/^-?[\d.,]*\d$/.test(word)) return !nextIsLower;
  return true;
}

/** Quotes and brackets that close a sentence belong to it, although they follow its mark. */
function moveClosersBack(text: string, spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  let skip = 0;
  for (const [index, span] of spans.entries()) {
    const start = span.start + skip;
    const next = spans[index + 1];
    const closers = next === undefined ? null : CLOSERS.exec(text.slice(next.start, next.end));
    skip = closers?.[0].length ?? 0;
    const end = skip > 0 && next !== undefined ? next.start + skip : span.end;
    const trimmedStart = start + (SPACES.exec(text.slice(start, end))?.[0].length ?? 0);
    const trimmedEnd = start + strippedRange(text.slice(start, end)).end;
    if (trimmedEnd > trimmedStart) result.push({ start: trimmedStart, end: trimmedEnd });
  }
  return result;
}
