// Words of English text in the Penn Treebank manner: punctuation apart, contractions split ("I'M" is "I" and "'M"), straight quotes
// written `` and '', hyphens and inner full stops kept ("U.S."), the full stop at a sentence's end apart. A reading of the
// convention, not a copy of any tokenizer's rule list. Owns no rule.

import type { Span } from "../../../shared/domain/verdict.ts";
import { findMatches, SPACE_CLASS } from "./python-pattern.ts";
import { sentences } from "./sentences.ts";
import type { Token } from "./text.ts";

const CHUNK = new RegExp(`[^${SPACE_CLASS}]+`, "gu");
/** The full stop of a sentence, with what may close behind it. */
const FINAL_STOP = new RegExp(`(?<=(?:^|[^.]))\\.(?=[\\])}>"'»”’${SPACE_CLASS}]*$)`, "u");
/** What always stands alone, the longest first; commas and colons do so unless a digit follows, curly and double quotes as one mark. */
const ALONE = /\.{2,}|--|[«“‘„»”’]|``?|''|[,:](?!\p{Nd})|[;@#$%&?!*()[\]{}<>"]/gu;
/** Ends of words that are words of their own, as long as something else than an apostrophe stands before them. */
const ENDING = /(?<=[^'])(?:n't|N'T|'ll|'LL|'re|'RE|'ve|'VE|'[sSmMdD]|')$/u;
/** An opening apostrophe is apart from a one-letter word only, as in 'a'. */
const OPENING = /^'(?=(?![nmsdt])[\p{L}\p{N}_](?![\p{L}\p{N}_]))/iu;
/** Words grown together, with where they part. */
const GROWN_TOGETHER: ReadonlyMap<string, number> = new Map([
  ["cannot", 3],
  ["gimme", 3],
  ["gonna", 3],
  ["gotta", 3],
  ["lemme", 3],
  ["wanna", 3],
  ["d'ye", 1],
  ["more'n", 4],
  ["'tis", 2],
  ["'twas", 2],
]);

export function treebankTokens(text: string): Token[] {
  return sentences(text).flatMap(({ start, end }) => sentenceWords(text.slice(start, end), start));
}

/** Words of one sentence; `offset` is where it stands in the text. */
function sentenceWords(sentence: string, offset: number): Token[] {
  const stop = FINAL_STOP.exec(sentence)?.index;
  return findMatches(sentence, CHUNK).flatMap(({ start, end }) => {
    const cuts = stop === undefined || stop < start || stop >= end ? [] : [{ start: stop - start, end: stop - start + 1 }];
    const opens = start === 0 || sentence[start - 1] === " ";
    return splitChunk(sentence.slice(start, end), offset + start, cuts, opens);
  });
}

/** `opens`: whether a double quote at the chunk's start is an opening one; after a tab or a line break it is not. */
function splitChunk(chunk: string, offset: number, stop: readonly Span[], opens: boolean): Token[] {
  const found: Token[] = [];
  let position = 0;
  const marks = [...findMatches(chunk, ALONE), ...stop].sort((a, b) => a.start - b.start);
  for (const mark of [...marks, { start: chunk.length, end: chunk.length }]) {
    if (mark.start < position) continue;
    pushWord(found, chunk.slice(position, mark.start), offset + position);
    if (mark.end > mark.start) found.push(markToken(chunk, mark, offset, opens));
    position = mark.end;
  }
  return found;
}

/** A straight double quote is `` where it opens and '' elsewhere. */
function markToken(chunk: string, { start, end }: Span, offset: number, opensChunk: boolean): Token {
  const written = chunk.slice(start, end);
  const opens = start === 0 ? opensChunk : /[([{<]/.test(chunk[start - 1] ?? "");
  const isQuote = written === '"' || written === "''";
  return { text: isQuote ? (opens ? "``" : "''") : written, start: offset + start, end: offset + end };
}

function pushWord(found: Token[], word: string, start: number): void {
  if (word === "") return;
  const ending = ENDING.exec(word);
  if (ending !== null && ending.index > 0) {
    pushWord(found, word.slice(0, ending.index), start);
    found.push(token(ending[0], start + ending.index));
    return;
  }
  const opening = OPENING.exec(word);
  const parting = opening === null ? GROWN_TOGETHER.get(word.toLowerCase()) : 1;
  if (parting === undefined) {
    found.push(token(word, start));
  } else {
    found.push(token(word.slice(0, parting), start), token(word.slice(parting), start + parting));
  }
}

function token(text: string, start: number): Token {
  return { text, start, end: start + text.length };
}
