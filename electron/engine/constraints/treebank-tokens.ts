// Words of English text in the Penn Treebank manner: punctuation apart, contractions split ("I'M" is "I" and "'M"), hyphens and
// inner full stops kept ("U.S."). A reading of the convention, not a copy of any tokenizer's rule list. Owns no rule.

import { SPACE_CLASS } from "./python-pattern.ts";
import { findMatches } from "./python-pattern.ts";
import type { Token } from "./text.ts";

const CHUNK = new RegExp(`[^${SPACE_CLASS}]+`, "gu");
/** Characters that always stand alone; "--" does so as a pair, "'" and "." only at the end of a chunk. */
const SEPARATE = /--|\.{2,}|[,;:](?!\p{Nd})|[@#$%&?!()[\]{}<>"“”«»‘’*`…]/gu;
const CONTRACTION = /(?:n't|'(?:s|m|d|ll|re|ve))$/iu;

export function treebankTokens(text: string): Token[] {
  return findMatches(text, CHUNK).flatMap(({ start, end }) => splitChunk(text, start, end));
}

function splitChunk(text: string, chunkStart: number, chunkEnd: number): Token[] {
  const chunk = text.slice(chunkStart, chunkEnd);
  const found: Token[] = [];
  let position = 0;
  for (const mark of [...findMatches(chunk, SEPARATE), { start: chunk.length, end: chunk.length }]) {
    pushWord(found, chunk.slice(position, mark.start), chunkStart + position);
    if (mark.end > mark.start) found.push(token(chunk.slice(mark.start, mark.end), chunkStart + mark.start));
    position = mark.end;
  }
  return found;
}

function pushWord(found: Token[], word: string, start: number): void {
  if (word === "") return;
  const contraction = CONTRACTION.exec(word);
  if (contraction !== null && contraction.index > 0) {
    found.push(token(word.slice(0, contraction.index), start), token(contraction[0], start + contraction.index));
  } else {
    found.push(token(word, start));
  }
}

function token(text: string, start: number): Token {
  return { text, start, end: start + text.length };
}
