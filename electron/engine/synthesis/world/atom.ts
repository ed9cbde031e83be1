// What an atomic constraint of the nano world is, and what its makers share. An atom knows the rule that checks it, what it asks of the answer writer, its short
// name in reasoning, and several wordings. Wordings are clauses without a full stop, so that they fit after "if ..., ".

import type { Random } from "../../tensor/random.ts";
import type { RuleNode } from "../../../../shared/domain/instruction.ts";
import type { FreeGoal } from "./answers.ts";
import type { Demands } from "./demands.ts";
import { isKeywordSafe, TOPICS } from "./lexicon.ts";

export interface Atom {
  readonly kind: string;
  readonly rule: RuleNode;
  /** Name in reasoning, two to four words. */
  readonly tag: string;
  readonly wordings: readonly string[];
  /** Adds this atom's part to what the answer writer has to meet. */
  readonly obey: (demands: Demands) => void;
  /** What an answer that overlooks the atom does, where chance alone would often satisfy it. */
  readonly flout?: (demands: Demands) => void;
}

type Forms = "list" | "sentence" | "both";

export interface AtomMaker {
  readonly kind: string;
  readonly forms: Forms;
  readonly weight: number;
  readonly conflicts: string;
  readonly make: (random: Random, goal: FreeGoal) => Omit<Atom, "kind">;
}

export function rule(id: string, kwargs: Record<string, unknown> = {}): RuleNode {
  return { type: "rule", id, kwargs };
}

/** "1 word", "2 words" */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** Words an atom on this goal may ask for. */
export function goalTopicWords(goal: FreeGoal): readonly string[] {
  return goal.kind === "list"
    ? goal.topic.words
    : TOPICS.filter((topic) => topic.name === "places" || topic.subject === "thing").flatMap((topic) => topic.words);
}

/** A word that substring and whole-word checks see alike. */
export function keyword(random: Random, goal: FreeGoal): string {
  const words = goalTopicWords(goal).filter((word) => isKeywordSafe(word) && !(goal.kind === "sentence" && word === goal.noun));
  return random.pick(words);
}

/** Kinds whose answer may hold nothing but the asked words. */
export const BARE = "exact words_below sorted unique only_from first last";
