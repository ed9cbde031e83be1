// What verifies an answer, as a person reads it: the tree in its written form, or the right answer.

import type { DraftRecord } from "../../../shared/domain/dataset.ts";
import { labelSchema } from "../../../shared/domain/instruction.ts";
import { printTree } from "../../../shared/tree-text/print-tree.ts";

/** Lines; "" without a label. A label of no known kind stands there as JSON. */
export function labelWords({ label }: Pick<DraftRecord, "label">): string {
  if (label === undefined) return "";
  const parsed = labelSchema.safeParse(label);
  if (!parsed.success) return JSON.stringify(label);
  return parsed.data.type === "tree" ? printTree(parsed.data.tree).trimEnd() : `the answer is ${parsed.data.answer}`;
}

/** The same in one line. */
export function inOneLine(words: string): string {
  return words.replace(/\s*\n\s*/g, " · ");
}
