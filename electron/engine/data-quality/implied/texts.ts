// Texts and forms that exclude each other: what one rule wants to stand in the answer, at its edges or as its language and case, and
// another rule keeps out.

import type { CheckMode } from "../../../../shared/domain/instruction.ts";
import { excerpt } from "../../constraints/check-result.ts";
import { findPhrase } from "../../constraints/readable-text.ts";
import { escapePattern, words } from "../../constraints/text.ts";
import type { SourcedFact } from "./counts.ts";
import type { Certainty } from "./fact.ts";

type Of<Type extends SourcedFact["type"]> = SourcedFact & { readonly type: Type };

/** Why the texts leave no answer; undefined where nothing was found. */
export function textsExclude(facts: readonly SourcedFact[], certainty: Certainty, mode: CheckMode): string | undefined {
  return (
    forbiddenText(facts, certainty, mode) ??
    outsideVocabulary(facts) ??
    wordTwice(facts, certainty) ??
    otherEdgeWord(facts) ??
    otherEnd(facts) ??
    otherParagraph(facts) ??
    outOfOrder(facts) ??
    otherEdge(facts) ??
    otherCase(facts) ??
    otherLanguage(facts)
  );
}

function ofType<Type extends SourcedFact["type"]>(facts: readonly SourcedFact[], type: Type): Of<Type>[] {
  return facts.filter((fact): fact is Of<Type> => fact.type === type);
}

function forbiddenText(facts: readonly SourcedFact[], certainty: Certainty, mode: CheckMode): string | undefined {
  const lacked = ofType(facts, "lacks");
  for (const held of ofType(facts, "holds")) {
    const hit = lacked.find(({ text }) => holdsWord(held, text, certainty, mode));
    if (hit !== undefined) return `${held.source} asks for ${excerpt(held.text)}, but ${hit.source} forbids "${hit.text}"`;
  }
  return undefined;
}

/** Whether an answer with the text has the word by itself; at its ends only where they are the ends of words for sure. */
function holdsWord({ text, inside }: Of<"holds">, word: string, certainty: Certainty, mode: CheckMode): boolean {
  const places = mode === "corrected" ? findPhrase(text, word) : matches(text, new RegExp(`\\b${escapePattern(word)}\\b`, "giu"));
  return places.some(({ start, end }) => certainty === "sensible" || !inside || (start > 0 && end < text.length));
}

function matches(text: string, pattern: RegExp): { readonly start: number; readonly end: number }[] {
  return Array.from(text.matchAll(pattern), (match) => ({ start: match.index, end: match.index + match[0].length }));
}

function lowerWords(text: string): string[] {
  return words(text).map((word) => word.text.toLowerCase());
}

function outsideVocabulary(facts: readonly SourcedFact[]): string | undefined {
  for (const list of ofType(facts, "only-words")) {
    const allowed = list.words.flatMap(lowerWords);
    for (const held of ofType(facts, "holds")) {
      const missing = lowerWords(held.text).find((word) => !allowed.some((entry) => (held.inside ? entry.includes(word) : entry === word)));
      if (missing !== undefined) return `${held.source} asks for "${missing}", which is none of the words of ${list.source}`;
    }
    const lacked = ofType(facts, "lacks").flatMap(({ text }) => (lowerWords(text).length === 1 ? lowerWords(text) : []));
    if (allowed.every((word) => lacked.includes(word)))
      return `all words of ${list.source} are forbidden by ${ofType(facts, "lacks")[0]?.source}`;
  }
  return undefined;
}

function wordTwice(facts: readonly SourcedFact[], certainty: Certainty): string | undefined {
  const [once] = ofType(facts, "no-word-twice");
  if (once === undefined) return undefined;
  const twice = ofType(facts, "holds").find(({ text, times, inside }) => {
    const held = lowerWords(text);
    const sure = certainty === "sensible" || !inside;
    return (
      (times > 1 && held.length > 0 && sure) || new Set(sure ? held : held.slice(1, -1)).size < (sure ? held : held.slice(1, -1)).length
    );
  });
  return twice === undefined
    ? undefined
    : `${twice.source} asks for a word several times in "${twice.text}", but ${once.source} for no word twice`;
}

function otherEdgeWord(facts: readonly SourcedFact[]): string | undefined {
  for (const type of ["first-word", "last-word"] as const) {
    const [one, ...others] = ofType(facts, type);
    const other = others.find(({ word }) => word.toLowerCase() !== one?.word.toLowerCase());
    if (one !== undefined && other !== undefined) return `the ${type.replace("-", " ")} cannot be both "${one.word}" and "${other.word}"`;
  }
  return undefined;
}

/** One end has to be the end of the other; a last full stop does not matter everywhere. */
function otherEnd(facts: readonly SourcedFact[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[.。]$/, "");
  const ends = ofType(facts, "ends-with");
  for (const [index, one] of ends.entries()) {
    const other = ends
      .slice(index + 1)
      .find(({ text }) => !plain(text).endsWith(plain(one.text)) && !plain(one.text).endsWith(plain(text)));
    if (other !== undefined) return `the answer cannot end with both "${one.text}" and "${other.text}"`;
  }
  return undefined;
}

function otherParagraph(facts: readonly SourcedFact[]): string | undefined {
  for (const [paragraph, begins] of Map.groupBy(ofType(facts, "paragraph-begins"), (fact) => fact.paragraph)) {
    const other = begins.find(({ word }) => word.toLowerCase() !== begins[0]?.word.toLowerCase());
    if (other !== undefined) return `paragraph ${paragraph} cannot begin with both "${begins[0]?.word}" and "${other.word}"`;
  }
  return undefined;
}

/** By code point in small letters, as raif:sorted_words compares. */
function outOfOrder(facts: readonly SourcedFact[]): string | undefined {
  const [order] = ofType(facts, "words-in-order");
  if (order === undefined) return undefined;
  const held = ofType(facts, "holds").filter(({ inside }) => !inside);
  for (const edge of [...ofType(facts, "first-word"), ...ofType(facts, "last-word")]) {
    const own = edge.word.toLowerCase();
    const wrong = held.find(({ text }) => lowerWords(text).some((word) => (edge.type === "first-word" ? word < own : word > own)));
    if (wrong !== undefined)
      return `${order.source} cannot hold with "${edge.word}" as the ${edge.type.replace("-", " ")} and "${wrong.text}" in the answer`;
  }
  return undefined;
}

function otherEdge(facts: readonly SourcedFact[]): string | undefined {
  const verbs = { first: "begins with", last: "ends with", "first of the core": "begins with", "last of the core": "ends with" };
  for (const [place, edges] of Map.groupBy(ofType(facts, "edge"), (edge) => edge.place)) {
    for (const [index, one] of edges.entries()) {
      const other = edges
        .slice(index + 1)
        .find(({ characters }) => !Array.from(characters).some((character) => one.characters.includes(character)));
      if (other !== undefined)
        return `for ${one.source} the answer ${verbs[place]} ${one.shown}, for ${other.source} it ${verbs[place]} ${other.shown}`;
    }
  }
  return undefined;
}

function otherCase(facts: readonly SourcedFact[]): string | undefined {
  const only = ofType(facts, "only-case");
  const [one] = only;
  if (one === undefined) return undefined;
  const other = only.find(({ letters }) => letters !== one.letters);
  if (other !== undefined) return `${one.source} asks for ${one.letters} letters alone, ${other.source} for ${other.letters} ones`;
  const has = ofType(facts, "has-case").find(({ letters }) => letters !== one.letters);
  return has === undefined ? undefined : `${one.source} asks for ${one.letters} letters alone, but ${has.source} for ${has.example}`;
}

function otherLanguage(facts: readonly SourcedFact[]): string | undefined {
  const [one, ...others] = ofType(facts, "language");
  const other = others.find(({ language }) => language !== one?.language);
  return one === undefined || other === undefined
    ? undefined
    : `${one.source} asks for the language "${one.language}", ${other.source} for "${other.language}"`;
}
