// Whether another rule leaves room for so many sentences; for rules that speak of the n-th one. Owns no rule.

import type { Relation } from "./check-result.ts";

/** True if the other rule (its arguments valid) allows fewer than `needed` sentences. */
export function allowsFewerSentences(otherId: string, otherKwargs: unknown, needed: number): boolean {
  if (otherId === "ratio:sentence_words") return needed > 3;
  if (otherId !== "length_constraints:number_sentences") return false;
  const { num_sentences, relation } = otherKwargs as { readonly num_sentences: number; readonly relation: Relation };
  return relation === "less than" && num_sentences <= needed;
}
