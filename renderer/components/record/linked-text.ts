// Which words of an instruction a constraint comes from: the words are kept as a tag of the record under the key of the tree's node, so
// that they are found again wherever they stand after the text was edited.

import type { DraftRecord } from "../../../shared/domain/dataset.ts";
import { childrenOf, replaceAt, type TreeNode, type TreePath } from "./tree-edits.ts";

const PREFIX = "span.";

export interface LinkedRange {
  readonly start: number;
  readonly end: number;
  readonly mark: TreePath;
}

/** Where the linked words stand in the text, in the order of the tree. Words that are no longer there are left out. */
export function linkedRanges(text: string, tree: TreeNode, tags: DraftRecord["tags"], path: TreePath = []): readonly LinkedRange[] {
  const words = tree.key === undefined ? undefined : tags[`${PREFIX}${tree.key}`];
  const start = typeof words === "string" && words !== "" ? text.indexOf(words) : -1;
  const own = start < 0 ? [] : [{ start, end: start + String(words).length, mark: path }];
  return [...own, ...childrenOf(tree).flatMap(({ step, node }) => linkedRanges(text, node, tags, [...path, ...step]))];
}

/** Ties words to a node; the node gets a key where it has none. Empty words untie it. */
export function linkWords(
  tree: TreeNode,
  tags: DraftRecord["tags"],
  path: TreePath,
  node: TreeNode,
  words: string,
): { readonly tree: TreeNode; readonly tags: DraftRecord["tags"] } {
  const key = node.key ?? freeKey(tree);
  const { [`${PREFIX}${key}`]: _, ...others } = tags;
  if (words === "") return { tree, tags: others };
  return { tree: replaceAt(tree, path, { ...node, key }) ?? tree, tags: { ...others, [`${PREFIX}${key}`]: words } };
}

function freeKey(tree: TreeNode): string {
  const taken = new Set<string>();
  const collect = (node: TreeNode): void => {
    if (node.key !== undefined) taken.add(node.key);
    for (const child of childrenOf(node)) collect(child.node);
  };
  collect(tree);
  for (let number = 1; ; number++) if (!taken.has(`c${number}`)) return `c${number}`;
}
