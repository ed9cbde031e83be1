// Rules that the instruction's words ask for and the tree does not hold yet, and putting them into it with their words tied to them.

import type { DraftRecord } from "../../../shared/domain/dataset.ts";
import type { RuleSuggestion } from "../../../shared/domain/record-check.ts";
import { linkWords } from "./linked-text.ts";
import { insertAt, nodeAt, treeRows, type TreeNode, type TreePath } from "./tree-edits.ts";

/** The suggestions whose rule does not stand in the tree with the same arguments, also not as a condition; in their order. */
export function openSuggestions(suggestions: readonly RuleSuggestion[], tree: TreeNode | undefined): readonly RuleSuggestion[] {
  const standing = tree === undefined ? [] : treeRows(tree).map((row) => (row.type === "node" ? row.node : row.condition));
  const present = new Set(standing.flatMap((part) => (part?.type === "rule" ? [ruleKey(part.id, part.kwargs)] : [])));
  return suggestions.filter(({ rule }) => !present.has(ruleKey(rule.id, rule.kwargs)));
}

function ruleKey(id: string, kwargs: Readonly<Record<string, unknown>>): string {
  return JSON.stringify([id, Object.entries(kwargs).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

export interface TiedTree {
  readonly tree: TreeNode;
  readonly tags: DraftRecord["tags"];
  /** Where the last one stands. */
  readonly path: TreePath;
}

/** Puts them in one behind the other, from `path` on. Undefined where there is none. */
export function addSuggestions(
  before: { readonly tree: TreeNode | undefined; readonly tags: DraftRecord["tags"]; readonly path: TreePath },
  suggestions: readonly RuleSuggestion[],
  text: string,
): TiedTree | undefined {
  let { tree, tags, path } = before;
  for (const { rule, start, end } of suggestions) {
    const leaf = { type: "rule" as const, id: rule.id, kwargs: rule.kwargs };
    const placed = insertAt(tree, path, leaf);
    const linked = linkWords(placed.tree, tags, placed.path, nodeAt(placed.tree, placed.path) ?? leaf, text.slice(start, end));
    ({ tree, tags } = linked);
    path = placed.path;
  }
  return tree === undefined || suggestions.length === 0 ? undefined : { tree, tags, path };
}
