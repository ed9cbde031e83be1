// Satisfiability by trying: looks for any answer, however dull, that the real checkers accept, by repairing one failed rule at a time
// and keeping what does not make things worse. An answer found is a proof; none found is none.

import { DEFAULT_CHECK_MODE, type CheckMode, type RuleNode } from "../../../shared/domain/instruction.ts";
import { findChecker, parseKwargs } from "../constraints/catalogue.ts";
import { mixSeed, Random } from "../tensor/random.ts";
import { newWord } from "./answer-edits.ts";
import { MOVES } from "./answer-moves.ts";

export type SearchResult =
  | { readonly type: "found"; readonly answer: string }
  /** `unmet` are the rules the best answer still failed. */
  | { readonly type: "not-found"; readonly unmet: readonly RuleNode[] }
  /** Rules that the search knows nothing about, so that it says nothing. */
  | { readonly type: "unknown"; readonly rules: readonly RuleNode[] };

const RESTARTS = 5;
const STEPS = 80;
/** Longer answers only make the search slow. */
const MAX_CHARACTERS = 20_000;

/** Deterministic: the same rules are searched in the same way. */
export function searchAnswer(rules: readonly RuleNode[], mode: CheckMode = DEFAULT_CHECK_MODE): SearchResult {
  const random = new Random(mixSeed("answer-search", JSON.stringify(rules)));
  const checks = rules.map((rule) => {
    const [checker, kwargs] = [findChecker(rule.id), parseKwargs(rule, rule.id, mode)];
    return { rule, passes: (text: string): boolean => checker.check(text, kwargs, mode).passed };
  });
  const failing = (text: string): RuleNode[] => checks.filter(({ passes }) => !passes(text)).map(({ rule }) => rule);
  const unknown = rules.filter(({ id }) => MOVES[id] === undefined);
  let best: readonly RuleNode[] = rules;
  for (let restart = 0; restart < RESTARTS; restart++) {
    let text = newWord("", random);
    let unmet = failing(text);
    for (let step = 0; step < STEPS && unmet.length > 0; step++) {
      const rule = random.pick(unmet);
      const moved = MOVES[rule.id]?.(text, rule.kwargs, random) ?? text;
      if (moved === text || moved.trim() === "" || moved.length > MAX_CHARACTERS) continue;
      const left = failing(moved);
      // Now and then a step back, to leave a corner.
      if (left.length > unmet.length && random.float() > 0.15) continue;
      [text, unmet] = [moved, left];
    }
    if (unmet.length === 0) return { type: "found", answer: text };
    if (unmet.length < best.length) best = unmet;
  }
  return unknown.length > 0 ? { type: "unknown", rules: unknown } : { type: "not-found", unmet: best };
}
