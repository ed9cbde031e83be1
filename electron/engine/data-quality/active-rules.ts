// The rules an answer to a record has to meet at the same time: every rule leaf that counts for the record's own input.

import type { InstructionRecord, RuleNode } from "../../../shared/domain/instruction.ts";
import { placeLeaves } from "../constraints/composition.ts";

/** In the order of the tree; none for maths. Throws what placeLeaves throws. */
export function activeRules({ label, input }: InstructionRecord): RuleNode[] {
  if (label.type !== "tree") return [];
  return placeLeaves(label.tree, input, label.mode).flatMap(({ leaf, active }) =>
    active && leaf.type === "rule" ? [{ type: "rule", id: leaf.id, kwargs: leaf.kwargs }] : [],
  );
}
