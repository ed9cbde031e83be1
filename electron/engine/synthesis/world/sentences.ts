// Plain sentences from one additive frame: [opener] determiner [adjective] noun verb [adverb] {preposition determiner
// [adjective] noun}. Any length from three words up can be hit exactly. Also the short input texts and word lists.

import type { Random } from "../../tensor/random.ts";
import { sideOf, type Side } from "./keys.ts";
import {
  ADVERBS,
  BEING_ADJECTIVES,
  BEING_VERBS,
  DETERMINERS,
  isKeywordSafe,
  OPENERS,
  PHRASE_DETERMINERS,
  PREPOSITIONS,
  SUBJECT_TOPICS,
  THING_ADJECTIVES,
  THING_VERBS,
  topicOf,
  TOPICS,
} from "./lexicon.ts";

export interface SentenceNeeds {
  readonly subject: string;
  /** Exact number of words. */
  readonly length: number;
  readonly first?: string | undefined;
  readonly last?: string | undefined;
  readonly include: readonly string[];
  readonly forbid: ReadonlySet<string>;
}

const PHRASE_NOUNS = TOPICS.filter((topic) => topic.subject !== "none" || topic.name === "places").flatMap((topic) => topic.words);

function allowed(words: readonly string[], forbid: ReadonlySet<string>): string[] {
  return words.filter((word) => !forbid.has(word));
}

function withAn(words: readonly string[]): string[] {
  return words.map((word, i) => (word === "a" && /^[aeiou]/.test(words[i + 1] ?? "") ? "an" : word));
}

/** Words of a sentence without its full stop, or undefined when the needs do not fit together. */
export function makeSentence(random: Random, needs: SentenceNeeds): string[] | undefined {
  const { forbid, length } = needs;
  const opener = needs.first !== undefined && OPENERS.includes(needs.first) ? needs.first : undefined;
  const nouns = needs.include.filter((word) => word !== needs.subject && word !== needs.last);
  if (needs.last !== undefined) nouns.push(needs.last);
  const base = 3 + (opener === undefined ? 0 : 1);
  const openerRoom = needs.first === undefined ? 1 : 0;
  const counts: number[] = [];
  for (let phrases = nouns.length; base + 3 * phrases <= length; phrases++) {
    const extra = length - base - 3 * phrases;
    if (extra <= 2 + phrases + openerRoom) counts.push(phrases);
  }
  if (counts.length === 0) return undefined;
  const phrases = random.pick(counts);
  const free = allowed(PHRASE_NOUNS, new Set([...forbid, ...nouns, needs.subject]));
  const ends = [...Array.from({ length: phrases - nouns.length }, () => random.pick(free)), ...nouns];
  // Extra words go to slots: 0 adjective of the subject, 1 adverb, 2.. adjectives of the phrases, the last one the opener.
  const slots = random.shuffle(Array.from({ length: 2 + phrases + openerRoom }, (_, i) => i));
  const taken = new Set(slots.slice(0, length - base - 3 * phrases));

  const being = topicOf(needs.subject)?.subject === "being";
  const adjectives = allowed(being ? BEING_ADJECTIVES : THING_ADJECTIVES, forbid);
  const placeAdjectives = allowed(["big", "small", "old", "new", "quiet"], forbid);
  const determiners = allowed(DETERMINERS, forbid);
  const phraseDeterminers = allowed(PHRASE_DETERMINERS, forbid);
  const words: string[] = [];
  if (opener !== undefined) words.push(opener);
  else if (openerRoom === 1 && taken.has(2 + phrases)) words.push(random.pick(allowed(OPENERS, forbid)));
  words.push(
    needs.first !== undefined && opener === undefined
      ? needs.first
      : random.float() < 0.5 && !forbid.has("the")
        ? "the"
        : random.pick(determiners),
  );
  if (taken.has(0)) words.push(random.pick(adjectives));
  words.push(needs.subject, random.pick(allowed(being ? BEING_VERBS : THING_VERBS, forbid)));
  if (taken.has(1)) words.push(random.pick(allowed(ADVERBS, forbid)));
  ends.forEach((noun, i) => {
    words.push(random.pick(allowed(PREPOSITIONS, forbid)), random.pick(phraseDeterminers));
    if (taken.has(2 + i)) words.push(random.pick(placeAdjectives));
    words.push(noun);
  });
  return withAn(words);
}

export function capitalized(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

/** What a condition or a task can ask about. */
export interface InputText {
  readonly kind: "text" | "list";
  /** As it stands in the prompt and in the record's `input`. */
  readonly text: string;
  readonly words: readonly string[];
}

function onSide(side: Side, make: () => InputText): InputText {
  for (;;) {
    const input = make();
    if (sideOf("input", input.text) === side) return input;
  }
}

/** One or two lower-case sentences, 4 to 16 words. */
export function makeText(random: Random, side: Side): InputText {
  return onSide(side, () => {
    const sentences: string[][] = [];
    const count = random.float() < 0.6 ? 1 : 2;
    while (sentences.length < count) {
      const subject = random.pick(random.pick(SUBJECT_TOPICS).words);
      const length = count === 1 ? 4 + random.integer(10) : 4 + random.integer(5);
      const words = makeSentence(random, { subject, length, include: [], forbid: new Set() });
      if (words !== undefined) sentences.push(words);
    }
    return { kind: "text", text: sentences.map((words) => `${words.join(" ")}.`).join(" "), words: sentences.flat() };
  });
}

/** A list of words of two or three topics, no word twice, all first letters different so that its order is plain. */
export function makeMixedList(random: Random, side: Side): InputText {
  return onSide(side, () => {
    const topics = random.shuffle(TOPICS.filter((topic) => topic.name !== "weather words")).slice(0, 2 + random.integer(2));
    const length = 5 + random.integer(4);
    const words: string[] = [];
    const letters = new Set<string>();
    for (let i = 0; words.length < length && i < 60; i++) {
      const word = random.pick((topics[i < 3 ? 0 : i % topics.length] ?? topics[0]!).words);
      if (letters.has(word.charAt(0))) continue;
      letters.add(word.charAt(0));
      words.push(word);
    }
    const mixed = random.shuffle(words);
    return { kind: "list", text: mixed.join(", "), words: mixed };
  });
}

/** A list of few words with repeats, for questions of how often. */
export function makeTallyList(random: Random, side: Side): InputText {
  return onSide(side, () => {
    const pool = random.shuffle(random.pick(TOPICS).words.filter(isKeywordSafe)).slice(0, 3);
    const words = Array.from({ length: 4 + random.integer(5) }, () => random.pick(pool));
    return { kind: "list", text: words.join(", "), words };
  });
}
