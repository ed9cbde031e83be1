// Building blocks for a checker's randomKwargs: words, counts and relations as an instruction would name them. Owns no rule.

import type { Random } from "../tensor/random.ts";
import type { Relation } from "./check-result.ts";

/** None contains "model" or "each": ComplexBench's notation reads these wherever they stand. */
const WORDS: readonly string[] = (
  "river garden window letter morning bridge coffee forest market silver winter music harbour student journey orange kitchen mountain " +
  "engine paper summer island doctor village planet bottle shadow energy history science painting family weather travel reading"
).split(" ");
const SENTENCES: readonly string[] = [
  "Let me know how it goes.",
  "Tell me about your favourite place.",
  "Write a short note to a friend.",
  "That is all for today.",
  "Is there anything else I can help with?",
];

export function randomWord(random: Random): string {
  return random.pick(WORDS);
}

/** From `least` to `most` different words. */
export function randomWords(random: Random, least: number, most: number): string[] {
  return random.shuffle(WORDS).slice(0, randomCount(random, least, most));
}

export function randomSentence(random: Random): string {
  return random.pick(SENTENCES);
}

/** A whole number from `least` to `most`, both possible. */
export function randomCount(random: Random, least: number, most: number): number {
  return least + random.integer(most - least + 1);
}

export function randomRelation(random: Random): Relation {
  return random.pick(["less than", "at least"]);
}
