// Numbers that exclude each other: bounds that rules set on one quantity, and bounds that follow from those on others, since a sentence
// has words, a word has characters, and an item of a list has a line of its own.

import type { CheckMode } from "../../../../shared/domain/instruction.ts";
import { excerpt } from "../../constraints/check-result.ts";
import { findPhrase, readableWords } from "../../constraints/readable-text.ts";
import { wordTokens } from "../../constraints/text.ts";
import type { Certainty, Fact, Quantity } from "./fact.ts";

/** A fact and the id of the rule that it follows from. */
export type SourcedFact = Fact & { readonly source: string };

interface Bound {
  readonly of: Quantity;
  readonly value: number;
  /** "length_constraints:number_words asks for at least 50 words". */
  readonly says: string;
}

/** So many of one thing bring so many of another: of each one, or of all together. */
interface Relation {
  readonly from: readonly Quantity[];
  readonly to: Quantity;
  readonly factor: number;
  readonly certain: readonly CheckMode[];
}

const BOTH: readonly CheckMode[] = ["compat", "corrected"];
const CORRECTED: readonly CheckMode[] = ["corrected"];

const both = (from: Quantity, certain: readonly CheckMode[], factor = 1): Relation[] =>
  (["words", "words as read"] as const).map((to) => ({ from: [from], to, factor, certain }));

/** In such an order that what a line gives is looked at below it only. */
const RELATIONS: readonly Relation[] = [
  { from: ["numbered items"], to: "numbers", factor: 1, certain: BOTH },
  { from: ["sections"], to: "numbers", factor: 1, certain: [] },
  { from: ["bullet points", "numbered items"], to: "lines", factor: 1, certain: BOTH },
  { from: ["sections"], to: "lines", factor: 1, certain: CORRECTED },
  { from: ["paragraphs"], to: "sentences", factor: 1, certain: [] },
  { from: ["paragraphs between blank lines"], to: "lines", factor: 1, certain: BOTH },
  ...both("sentences", CORRECTED),
  ...both("placeholders", CORRECTED),
  ...both("numbered items", BOTH),
  // The number and something behind it.
  ...both("numbered items", [], 2),
  ...both("bullet points", []),
  ...both("sections", CORRECTED),
  ...both("highlighted sections", []),
  ...both("paragraphs", []),
  ...both("lines", []),
  ...both("words in capitals", []),
  { from: ["lines"], to: "characters", factor: 1, certain: BOTH },
  { from: ["words as read"], to: "characters", factor: 1, certain: [] },
  // In scripts without spaces a word of IFEval's is all that stands between two marks.
  { from: ["words as read"], to: "words", factor: 0.2, certain: [] },
  // Words of a single letter only are no answer.
  { from: ["words"], to: "characters", factor: 2, certain: [] },
];

const SAYS_ANYTHING = "an answer that says anything";
/** One of each at least. */
const ANSWER_HAS: readonly Quantity[] = ["sentences", "words", "words as read", "characters", "lines"];

/** Why the numbers leave no answer; undefined where they leave one. */
export function numbersExclude(facts: readonly SourcedFact[], certainty: Certainty, mode: CheckMode): string | undefined {
  const least = new Map<Quantity, Bound>();
  const most = new Map<Quantity, Bound>();
  if (certainty === "sensible") for (const kind of ANSWER_HAS) raise(least, { of: kind, value: 1, says: SAYS_ANYTHING });
  for (const fact of facts) {
    if (fact.type !== "count") continue;
    if (fact.least > 0) raise(least, bound(fact, fact.least, "at least"));
    if (fact.most < Infinity) lower(most, bound(fact, fact.most, "at most"));
  }
  for (const derived of fromTexts(facts, certainty, mode, most)) raise(least, derived);
  addUpperBounds(facts, certainty, most);
  for (const relation of RELATIONS) {
    if (certainty === "certain" && !relation.certain.includes(mode)) continue;
    const derived = follow(relation, least);
    if (derived !== undefined) raise(least, derived);
  }
  if (certainty === "sensible") addLetters(least);
  const clash = [...most.values()].find((upper) => upper.value < 0 || (least.get(upper.of)?.value ?? 0) > upper.value);
  if (clash === undefined) return undefined;
  const lowerBound = least.get(clash.of);
  if (lowerBound === undefined || clash.value < 0) return `no answer has what ${clash.says}`;
  return lowerBound.says === SAYS_ANYTHING ? `${clash.says}, and an answer has one at least` : `${lowerBound.says}, but ${clash.says}`;
}

function raise(least: Map<Quantity, Bound>, bound: Bound): void {
  if (bound.value > (least.get(bound.of)?.value ?? 0)) least.set(bound.of, bound);
}

function lower(most: Map<Quantity, Bound>, bound: Bound): void {
  if (bound.value < (most.get(bound.of)?.value ?? Infinity)) most.set(bound.of, bound);
}

function bound({ of, source }: SourcedFact & { readonly type: "count" }, value: number, relation: "at least" | "at most"): Bound {
  const words =
    relation === "at most" && value === 0
      ? `no ${named(of)}`
      : relation === "at most" && value < 0
        ? `less than 0 ${named(of)}`
        : `${relation} ${value} ${named(of)}`;
  return { of, value, says: `${source} asks for ${words}` };
}

/** What is counted, for a person. */
function named(of: Quantity): string {
  return of === "words as read" ? "words" : of.replace(/^letters (".*")$/s, "$1");
}

function follow({ from, to, factor }: Relation, least: ReadonlyMap<Quantity, Bound>): Bound | undefined {
  const sources = from.map((of) => least.get(of)).filter((known) => known !== undefined);
  if (sources.length === 0) return undefined;
  const value = Math.ceil(factor * sources.reduce((sum, known) => sum + known.value, 0));
  return { of: to, value, says: `${sources.map(({ says }) => says).join(" and ")}, which takes at least ${value} ${named(to)}` };
}

/** Bounds from texts that have to stand in the answer: their words, their letters, and what they repeat. */
function fromTexts(facts: readonly SourcedFact[], certainty: Certainty, mode: CheckMode, most: ReadonlyMap<Quantity, Bound>): Bound[] {
  const texts = facts.filter((fact) => fact.type === "holds");
  const single = texts.flatMap((fact): Bound[] => {
    const times = fact.inside && certainty === "certain" ? 1 : fact.times;
    const takes = (of: Quantity, value: number): Bound => ({
      of,
      value,
      says: `${fact.source} asks for ${excerpt(fact.text)}${fact.times > 1 ? ` ${fact.times} times` : ""}, which takes at least ${value} ${named(of)}`,
    });
    const bounds = [takes("words", times * wordTokens(fact.text).length)];
    if (certainty === "sensible" || times === 1) bounds.push(takes("words as read", times * readableWords(fact.text).length));
    for (const bounded of most.keys()) {
      const [, kind, what = ""] = /^(times|letters) "(.*)"$/s.exec(bounded) ?? [];
      if (kind === "letters") bounds.push(takes(bounded, fact.times * (fact.text.toLowerCase().split(what).length - 1)));
      if (kind === "times") bounds.push(takes(bounded, fact.times * occurrences(fact.text, what, mode)));
    }
    return bounds;
  });
  if (certainty === "sensible") return [...single, ...together(texts, most)];
  // Whole words of a script with spaces cannot share a word; as read, hyphens may join them.
  const apart = texts.filter(({ text, inside }) => !inside && /^[\p{Script=Latin}\p{N} ]+$/u.test(text));
  return [...single, ...together(apart, most).filter(({ of }) => of === "words")];
}

/** How often a keyword is counted inside a text that stands in the answer. */
function occurrences(text: string, keyword: string, mode: CheckMode): number {
  if (mode === "corrected") return findPhrase(text, keyword).length;
  return text.toLowerCase().split(keyword).length - 1;
}

type Holds = SourcedFact & { readonly type: "holds" };

/** All texts together: each different word as often as the text that needs it most often. */
function together(texts: readonly Holds[], most: ReadonlyMap<Quantity, Bound>): Bound[] {
  // A keyword inside a word of another one needs no word of its own.
  const own = texts.filter(({ text }) => !texts.some((other) => isInsideWord(text, other.text)));
  if (own.length < 2) return [];
  const needed = new Map<string, number>();
  for (const { text, times } of own) {
    const words = readableWords(text).map((word) => word.text.toLowerCase());
    for (const word of new Set(words)) {
      needed.set(word, Math.max(needed.get(word) ?? 0, times * words.filter((each) => each === word).length));
    }
  }
  const says = [...new Set(own.map(({ source }) => source))].join(" and ");
  const takes = (of: Quantity, value: number): Bound => ({
    of,
    value,
    says: `the texts that ${says} ask for take at least ${value} ${named(of)}`,
  });
  const total = [...needed.values()].reduce((sum, times) => sum + times, 0);
  const letters = [...most.keys()].flatMap((bounded) => {
    const letter = /^letters "(.*)"$/s.exec(bounded)?.[1];
    if (letter === undefined || !/\p{L}/u.test(letter)) return [];
    return [
      takes(
        bounded,
        [...needed].reduce((sum, [word, times]) => sum + times * (word.split(letter).length - 1), 0),
      ),
    ];
  });
  return [takes("words", total), takes("words as read", total), ...letters];
}

function isInsideWord(text: string, other: string): boolean {
  const [a, b] = [text.toLowerCase(), other.toLowerCase()];
  return a !== b && b.includes(a) && findPhrase(b, a).length === 0;
}

/** Letters that are asked for are characters. */
function addLetters(least: Map<Quantity, Bound>): void {
  const letters = [...least.values()].filter(({ of }) => /^letters "[\p{L}\p{N}]"$/u.test(of));
  if (letters.length === 0) return;
  const value = letters.reduce((sum, each) => sum + each.value, 0);
  raise(least, { of: "characters", value, says: `${letters.map(({ says }) => says).join(" and ")}, which are ${value} characters` });
}

/** Most words there can be where all of them are in capitals, or each comes once from a list. */
function addUpperBounds(facts: readonly SourcedFact[], certainty: Certainty, most: Map<Quantity, Bound>): void {
  const capitals = facts.find((fact) => fact.type === "only-case" && fact.letters === "capital");
  const few = most.get("words in capitals");
  if (certainty === "sensible" && capitals !== undefined && few !== undefined) {
    // Numbers are words without case; more of them than of other words are no text.
    for (const kind of ["words", "words as read"] as const)
      lower(most, { of: kind, value: 2 * few.value, says: `${capitals.source} asks for capitals alone and ${few.says}` });
  }
  const list = facts.find((fact) => fact.type === "only-words");
  const once = facts.find((fact) => fact.type === "no-word-twice");
  if (list?.type !== "only-words" || once === undefined) return;
  const value = new Set(list.words.flatMap((entry) => readableWords(entry).map(({ text }) => text.toLowerCase()))).size;
  lower(most, { of: "words as read", value, says: `${list.source} and ${once.source} leave room for ${value} words` });
  if (certainty === "sensible")
    lower(most, { of: "words", value, says: `${list.source} and ${once.source} leave room for ${value} words` });
}
