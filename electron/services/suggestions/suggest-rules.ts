// Finds the rules that an instruction's text asks for, with where it does: what an editor offers to whoever writes a record. It reads
// general English and a little Chinese by patterns, so it offers and never decides.

import type { RuleSuggestion } from "../../../shared/domain/record-check.ts";
import { findChecker } from "../../engine/constraints/catalogue.ts";
import { DETECTORS } from "./detectors.ts";

/** In the order of the text; each rule with the same arguments once. Suggested arguments always satisfy the rule's schema. */
export function suggestRules(text: string): RuleSuggestion[] {
  const found: RuleSuggestion[] = [];
  for (const { pattern, read } of DETECTORS) {
    for (const match of text.matchAll(pattern)) {
      const place = { start: match.index, end: match.index + match[0].length };
      const rules = read(match, text).filter(({ id, kwargs }) => !found.some((other) => saysAlready(other, id, kwargs, place)));
      for (const { id, kwargs } of rules) {
        const parsed = findChecker(id).kwargs.safeParse(kwargs);
        if (!parsed.success) continue;
        found.push({ rule: { type: "rule", id, kwargs: { ...kwargs } }, ...place, expected: findChecker(id).describe(parsed.data) });
      }
    }
  }
  return found.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** The same rule with the same arguments, or the same rule read from more of the text: "20 to 25 sentences" before "25 sentences". */
function saysAlready(
  other: RuleSuggestion,
  id: string,
  kwargs: Readonly<Record<string, unknown>>,
  place: Pick<RuleSuggestion, "start" | "end">,
): boolean {
  if (other.rule.id !== id) return false;
  const isInside = place.start >= other.start && place.end <= other.end && place.end - place.start < other.end - other.start;
  return isInside || JSON.stringify(other.rule.kwargs) === JSON.stringify(kwargs);
}
