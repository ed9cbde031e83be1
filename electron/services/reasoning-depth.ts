// How deep a reasoning goes, counted by a program: how much of it repeats the prompt, which constraints it names, what it checks and
// what it revises. A coarse measure for comparing many texts, in English; it understands nothing.
//
// - overlap: share of the reasoning's word trigrams (case aside) that stand in the prompt.
// - named: constraints that some statement speaks of (constraint-cues.ts). Statements end at . ; ! ? : and line breaks.
// - checked: statements with a word of testing or judging that also speak of a constraint ("that is fine" alone tests nothing).
// - revised: statements that change course ("wait", "instead", "let me fix").
// - deep: at least half of the constraints named, one statement that checks or revises, and not mostly a copy of the prompt.

import type { ReasoningDepth } from "../../shared/domain/reasoning-depth.ts";
import { constraintMatcher, type NamedConstraint } from "./constraint-cues.ts";

const SMALLEST_NAMED_SHARE = 0.5;
const LARGEST_OVERLAP = 0.5;

const CHECK =
  /\b(?:check(?:s|ed|ing)?|verif(?:y|ied|ies)|confirm(?:s|ed)?|make sure|ensure[sd]?|count(?:s|ed|ing)?|satisf(?:y|ied|ies)|meets?|met|holds?|fulfil(?:s|led)?|ok(?:ay)?|correct|good|fine|done|fail(?:s|ed)?|violat(?:e|es|ed)|wrong|missing|too (?:long|short|many|few)|does (?:it|this|that|the)|is (?:it|there|that))\b|[✓✔✗✘]/i;
const REVISE =
  /^(?:once )?again$|\b(?:wait|actually|hmm+|oops|instead|on second thought|try again|start over|redo|rewrit(?:e|ing)|revis(?:e|ed|ing)|fix(?:ed|ing)?|adjust(?:ed|ing)?|(?:let me|i(?:'ll| will| should| must| need to)) (?:change|replace|remove|drop|add|correct|shorten|swap))\b/i;

/** `prompt` is what the model saw; `constraints` those that count for its input. */
export function reasoningDepth(reasoning: string, prompt: PromptWords, constraints: readonly NamedConstraint[]): ReasoningDepth {
  const matchers = constraints.map(constraintMatcher);
  const named = new Set<number>();
  let [checked, revised] = [0, 0];
  let checking = false;
  for (const { text, opens } of statements(reasoning)) {
    const spokenOf = matchers.flatMap((matches, index) => (matches(text) ? [index] : []));
    for (const index of spokenOf) named.add(index);
    if ((checking || CHECK.test(text)) && spokenOf.length > 0) checked++;
    if (REVISE.test(text)) revised++;
    // "check:" opens a list of things checked, up to the end of its sentence.
    checking = opens === ":" ? checking || CHECK.test(text) : checking && opens === ";";
  }
  const overlap = trigramOverlap(reasoning, prompt);
  const enoughNamed = constraints.length > 0 && named.size >= constraints.length * SMALLEST_NAMED_SHARE;
  const deep = enoughNamed && checked + revised > 0 && (overlap ?? 0) <= LARGEST_OVERLAP;
  return { overlap, named: named.size, constraints: constraints.length, checked, revised, depth: deep ? "deep" : "shallow" };
}

/** A prompt made ready for many reasonings. */
export interface PromptWords {
  readonly trigrams: ReadonlySet<string>;
}

export function promptWords(prompt: string): PromptWords {
  return { trigrams: new Set(trigrams(prompt)) };
}

function trigramOverlap(reasoning: string, prompt: PromptWords): number | null {
  const own = trigrams(reasoning);
  if (own.length === 0) return null;
  return own.filter((trigram) => prompt.trigrams.has(trigram)).length / own.length;
}

function trigrams(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.slice(2).map((word, index) => `${words[index]} ${words[index + 1]} ${word}`);
}

/** Statements with the mark that ends each; a point inside a number or a short form such as "P.S." ends nothing. */
function statements(text: string): { readonly text: string; readonly opens: string }[] {
  return [...text.matchAll(/((?:[^.;!?:\n]|[.:](?=[^\s]))+)([.;!?:\n]|$)/g)]
    .map(([, statement = "", opens = ""]) => ({ text: statement.trim(), opens }))
    .filter((statement) => statement.text !== "");
}
