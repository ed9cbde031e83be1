// What a rule implies about every answer that meets it, in a few kinds of facts that can be set against each other. Rules are read into
// facts once (rule-facts.ts); contradictions.ts knows facts and no rules.

import type { CheckMode } from "../../../../shared/domain/instruction.ts";
import type { RuleArguments } from "../rule-arguments.ts";

/**
 * "certain": no answer that the checker accepts is without it. "sensible": no answer that makes sense is; the checker may let a trick
 * pass, such as empty brackets for placeholders or question marks for sentences.
 */
export type Certainty = "certain" | "sensible";

/** What answers have a number of. Words as IFEval counts them ("don't" is two) and as a reader does are two things. */
export type Quantity =
  | "words"
  | "words as read"
  | "sentences"
  | "paragraphs"
  | "paragraphs between blank lines"
  | "lines"
  | "characters"
  | "placeholders"
  | "sections"
  | "highlighted sections"
  | "bullet points"
  | "numbered items"
  | "numbers"
  | "words in capitals"
  | "answers"
  | `times "${string}"`
  | `letters "${string}"`;

export type Fact = Readonly<{ certainty: Certainty }> &
  (
    | { readonly type: "count"; readonly of: Quantity; readonly least: number; readonly most: number }
    /** A text that stands in the answer, whatever its case; `inside`: perhaps as a part of longer words. */
    | { readonly type: "holds"; readonly text: string; readonly times: number; readonly inside: boolean }
    | { readonly type: "first-word" | "last-word"; readonly word: string }
    | { readonly type: "ends-with"; readonly text: string }
    /** How the paragraph of this number, from 1, begins; blank lines divide them. */
    | { readonly type: "paragraph-begins"; readonly paragraph: number; readonly word: string }
    /** A word or phrase that does not stand in the answer by itself, whatever its case. */
    | { readonly type: "lacks"; readonly text: string }
    | { readonly type: "only-words"; readonly words: readonly string[] }
    | { readonly type: "no-word-twice" }
    | { readonly type: "words-in-order" }
    /** The first or last character of the answer; "core": of what is inside quotation and Markdown marks. */
    | {
        readonly type: "edge";
        readonly place: "first" | "last" | "first of the core" | "last of the core";
        readonly characters: string;
        readonly shown: string;
      }
    | { readonly type: "only-case"; readonly letters: "capital" | "small" }
    | { readonly type: "has-case"; readonly letters: "capital" | "small"; readonly example: string }
    | { readonly type: "language"; readonly language: string }
    /** The whole answer is one of these, up to white space. */
    | { readonly type: "whole"; readonly answers: readonly string[] }
  );

/** Facts of one rule in one reading; `kwargs` as they stand in the label, valid ones. */
export type FactsOf = (kwargs: RuleArguments, mode: CheckMode) => readonly Fact[];

export function count(of: Quantity, least: number, most = Infinity, certainty: Certainty = "certain"): Fact {
  return { type: "count", of, least, most, certainty };
}

/** From a threshold with IFEval's relation, English or Chinese. */
export function threshold(of: Quantity, value: unknown, relation: unknown): Fact[] {
  if (typeof value !== "number" || !Number.isFinite(value)) return [];
  return [relation === "less than" || relation === "少于" ? count(of, 0, value - 1) : count(of, value)];
}

/** Exactly so many. */
export function exactly(of: Quantity, value: unknown, certainty: Certainty = "certain"): Fact[] {
  return typeof value === "number" && Number.isFinite(value) ? [count(of, value, value, certainty)] : [];
}

export function atLeast(of: Quantity, value: unknown, certainty: Certainty = "certain"): Fact[] {
  return typeof value === "number" && Number.isFinite(value) ? [count(of, value, Infinity, certainty)] : [];
}

/** Words as the reading counts them. */
export function wordsOf(mode: CheckMode): "words" | "words as read" {
  return mode === "compat" ? "words" : "words as read";
}

/** In "compat" keywords are patterns; one without special characters stands for itself. */
export function isPlain(text: string): boolean {
  return !/[\\^$.*+?()[\]{}|]/.test(text);
}
