// Small edits of an answer, each on a text alone: the vocabulary of answer-moves.ts. Words are runs of letters and digits.

import type { Random } from "../tensor/random.ts";

/** Plain words that stand in nobody's list of keywords by themselves; different, so that they do not repeat soon. */
const FILLER = (
  "about after again along among around before being below better both bring carry clear close every early fresh given going great " +
  "green happy heard known large later learn light local lower maybe mixed month never north often open other place plain point " +
  "quick quiet ready right round short simple since small south stay still such taken talk tell these thing third today turn under " +
  "until upper using usual visit water where while whole wide would write young"
).split(" ");

const WORD = /[\p{L}\p{N}_]+/gu;

export interface Place {
  readonly start: number;
  readonly end: number;
}

export function wordPlaces(text: string): Place[] {
  return [...text.matchAll(WORD)].map((match) => ({ start: match.index, end: match.index + match[0].length }));
}

const DRAWS = 8;

/** A filler word, one that the text does not have yet if a few draws find one. */
export function newWord(text: string, random: Random, accept: (word: string) => boolean = () => true): string {
  const fitting = FILLER.filter(accept);
  const pool = fitting.length > 0 ? fitting : FILLER;
  const lower = text.toLowerCase();
  let word = random.pick(pool);
  for (let draw = 1; draw < DRAWS && lower.includes(word); draw++) word = random.pick(pool);
  return word;
}

/** Puts words behind a random word that is not the last; into an empty text as it is. */
export function insertInside(text: string, addition: string, random: Random): string {
  const places = wordPlaces(text);
  if (places.length === 0) return text.trim() === "" ? addition : `${text} ${addition}`;
  const at = places[random.integer(Math.max(1, places.length - 1))]?.end ?? text.length;
  return `${text.slice(0, at)} ${addition}${text.slice(at)}`;
}

/** Puts the addition in the place of a random word, keeping the number of words where the addition is one word. */
export function replaceInside(text: string, addition: string, random: Random): string {
  const places = wordPlaces(text);
  const place = places[random.integer(Math.max(1, places.length))];
  return place === undefined ? addition : text.slice(0, place.start) + addition + text.slice(place.end);
}

export function addWords(text: string, count: number, random: Random): string {
  if (count <= 0) return text;
  // From a random place on, so that no word comes twice before all have come once.
  const start = random.integer(FILLER.length);
  const words = Array.from({ length: count }, (_, index) => FILLER[(start + index) % FILLER.length]);
  return insertInside(text, words.join(" "), random);
}

/** Takes random words out, the first and last while others are left last. */
export function removeWords(text: string, count: number, random: Random): string {
  const places = wordPlaces(text);
  const words = places.map(({ start, end }) => text.slice(start, end));
  // What stands before, between and behind the words.
  const gaps = [...places.map(({ start }, index) => text.slice(places[index - 1]?.end ?? 0, start)), text.slice(places.at(-1)?.end ?? 0)];
  for (let i = 0; i < count && words.length > 0; i++) {
    const at = words.length > 2 ? 1 + random.integer(words.length - 2) : random.integer(words.length);
    words.splice(at, 1);
    gaps.splice(at, 2, (gaps[at] ?? "").replace(/[ \t]+$/, " ") + (gaps[at + 1] ?? "").replace(/^[ \t]+/, ""));
  }
  return gaps.map((gap, index) => gap + (words[index] ?? "")).join("");
}

export function replaceWords(text: string, matches: (word: string) => boolean, replacement: (word: string) => string): string {
  return text.replace(WORD, (word) => (matches(word) ? replacement(word) : word));
}

/** The words in so many groups of nearly equal size; filler where there are too few. */
export function wordGroups(text: string, groups: number, random: Random): string[] {
  const words: string[] = text.match(WORD) ?? [];
  while (words.length < groups) words.push(newWord(words.join(" "), random));
  return Array.from({ length: groups }, (_, index) =>
    words.slice(Math.floor((index * words.length) / groups), Math.floor(((index + 1) * words.length) / groups)).join(" "),
  );
}

/** Any occurrence of a literal, whatever its case. */
export function removeLiteral(text: string, literal: string): string {
  if (literal === "") return text;
  const lower = literal.toLowerCase();
  let rest = text;
  for (let at = rest.toLowerCase().indexOf(lower); at >= 0; at = rest.toLowerCase().indexOf(lower)) {
    rest = rest.slice(0, at) + rest.slice(at + literal.length);
  }
  return rest;
}
