// Sets of rules that contradict each other: what each rule implies (implied/) is set against what the others imply. Says nothing about
// sets it finds no contradiction in; those are searched (answer-search.ts).

import { DEFAULT_CHECK_MODE, type CheckMode, type RuleNode } from "../../../shared/domain/instruction.ts";
import { checkRule } from "../constraints/composition.ts";
import { numbersExclude, type SourcedFact } from "./implied/counts.ts";
import type { Certainty, FactsOf } from "./implied/fact.ts";
import { FORM_FACTS } from "./implied/form-facts.ts";
import { LENGTH_FACTS } from "./implied/length-facts.ts";
import { textsExclude } from "./implied/texts.ts";
import { WORD_FACTS } from "./implied/word-facts.ts";

export interface Contradiction {
  /** "certain": no answer passes; "sensible": none that is more than a trick on the checkers. */
  readonly certainty: Certainty;
  /** Names both sides. */
  readonly explanation: string;
}

const FAMILIES: readonly Readonly<Record<string, FactsOf>>[] = [LENGTH_FACTS, WORD_FACTS, FORM_FACTS];

/** The rules' arguments have to be valid ones. Undefined where nothing was found, which proves nothing. */
export function findContradiction(rules: readonly RuleNode[], mode: CheckMode = DEFAULT_CHECK_MODE): Contradiction | undefined {
  const facts = rules.flatMap((rule) => factsOf(rule, mode));
  for (const certainty of ["certain", "sensible"] as const) {
    const known = certainty === "certain" ? facts.filter((fact) => fact.certainty === "certain") : facts;
    const explanation =
      numbersExclude(known, certainty, mode) ?? textsExclude(known, certainty, mode) ?? wholeAnswerFails(known, rules, mode);
    if (explanation !== undefined) return { certainty, explanation };
  }
  return undefined;
}

function factsOf({ id, kwargs }: RuleNode, mode: CheckMode): SourcedFact[] {
  return FAMILIES.flatMap((family) => family[id]?.(kwargs, mode) ?? []).map((fact) => ({ ...fact, source: id }));
}

/** Rules whose verdict does not depend on which white space stands between words; of others a given text says nothing. */
const WHATEVER_SPACES: ReadonlySet<string> = new Set([
  "length_constraints:number_words",
  "length_constraints:number_sentences",
  "keywords:existence",
  "keywords:forbidden_words",
  "keywords:frequency",
  "keywords:letter_frequency",
  "language:response_language",
  "change_case:english_capital",
  "change_case:english_lowercase",
  "change_case:capital_word_frequency",
  "punctuation:no_comma",
  "startend:end_checker",
  "startend:quotation",
  "detectable_format:json_format",
  "detectable_content:number_placeholders",
  "detectable_format:constrained_response",
  "raif:exact_words",
  "raif:word_range",
  "raif:character_range",
  "raif:uppercase",
  "raif:lowercase",
  "raif:first_word",
  "raif:last_word",
  "raif:only_words_from",
  "raif:unique_words",
  "raif:sorted_words",
  "raif:words_from",
  "raif:ends_with_mark",
  "raif:contains_number",
  "raif:equals",
]);

/** A rule that gives the whole answer is tried against the others. */
function wholeAnswerFails(facts: readonly SourcedFact[], rules: readonly RuleNode[], mode: CheckMode): string | undefined {
  const whole = facts.find((fact) => fact.type === "whole");
  if (whole?.type !== "whole") return undefined;
  const others = rules.filter(({ id }) => WHATEVER_SPACES.has(id));
  const failed = whole.answers.map((answer) => others.find((rule) => !checkRule(rule, answer, mode).passed));
  const [first] = failed;
  return first === undefined || failed.includes(undefined)
    ? undefined
    : `${whole.source} asks for exactly "${whole.answers[0]}", which fails ${first.id}`;
}
