// The rules an answer to a record has to meet at the same time: every rule leaf that counts for the record's own input.

import type { InstructionRecord, RuleNode } from "../../../shared/domain/instruction.ts";
import { activeVerdicts, evaluateTree } from "../constraints/composition.ts";

/** In the order of the tree; none for maths. Throws what evaluateTree throws. */
export function activeRules({ label, input }: InstructionRecord): RuleNode[] {
  if (label.type !== "tree") return [];
  // Which rules count depends on the input alone, so that any answer shows it.
  return activeVerdicts(evaluateTree(label.tree, "", input, label.mode)).map(({ ruleId, kwargs }) => ({
    type: "rule",
    id: ruleId,
    kwargs,
  }));
}
