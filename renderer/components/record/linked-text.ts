// Which words of an instruction a constraint comes from: the words are kept as a tag of the record under the key of the tree's node, so
// that they are found again wherever they stand after the text was edited. Words that stand there more than once are kept with which of
// them is meant.

import type { DraftRecord } from "../../../shared/domain/dataset.ts";
import { childrenOf, replaceAt, type TreeNode, type TreePath } from "./tree-edits.ts";

const PREFIX = "span.";
/** Which occurrence, from 2; the first one needs no tag. */
const PLACE_PREFIX = "span-place.";

type Tags = DraftRecord["tags"];

export interface LinkedRange {
  readonly start: number;
  readonly end: number;
  readonly mark: TreePath;
}

/** Where the linked words stand in the text, in the order of the tree. Words that are no longer there are left out. */
export function linkedRanges(text: string, tree: TreeNode, tags: Tags, path: TreePath = []): readonly LinkedRange[] {
  const words = linkedWords(tree, tags);
  const start = words === undefined ? -1 : placeOf(text, words, Number(tags[`${PLACE_PREFIX}${tree.key}`] ?? 1));
  const own = words === undefined || start < 0 ? [] : [{ start, end: start + words.length, mark: path }];
  return [...own, ...childrenOf(tree).flatMap(({ step, node }) => linkedRanges(text, node, tags, [...path, ...step]))];
}

/** The words that a node is tied to. */
export function linkedWords({ key }: TreeNode, tags: Tags): string | undefined {
  const words = key === undefined ? undefined : tags[`${PREFIX}${key}`];
  return typeof words === "string" && words !== "" ? words : undefined;
}

/** The given occurrence, the first one where there are fewer by now; -1 where there is none. */
function placeOf(text: string, words: string, occurrence: number): number {
  const first = text.indexOf(words);
  let start = first;
  for (let at = 1; at < occurrence && start >= 0; at++) start = text.indexOf(words, start + 1);
  return start < 0 ? first : start;
}

/** Which of the places where the words stand in a text begins there, from 1. */
export function occurrenceAt(text: string, words: string, start: number): number {
  let count = 1;
  for (let at = text.indexOf(words); at >= 0 && at < start; at = text.indexOf(words, at + 1)) count += 1;
  return count;
}

/** Ties words to a node; the node gets a key where it has none. Empty words untie it. */
export function linkWords(
  tree: TreeNode,
  tags: Tags,
  path: TreePath,
  node: TreeNode,
  words: string,
  occurrence = 1,
): { readonly tree: TreeNode; readonly tags: Tags } {
  const key = node.key ?? freeKey(tree, tags);
  const { [`${PREFIX}${key}`]: _, [`${PLACE_PREFIX}${key}`]: __, ...others } = tags;
  if (words === "") return { tree, tags: others };
  const place = occurrence > 1 ? { [`${PLACE_PREFIX}${key}`]: occurrence } : {};
  return { tree: replaceAt(tree, path, { ...node, key }) ?? tree, tags: { ...others, [`${PREFIX}${key}`]: words, ...place } };
}

/** Without the links of nodes that are not in the tree. */
export function prunedTags(tree: TreeNode | undefined, tags: Tags): Tags {
  const keys = tree === undefined ? new Set() : keysOf(tree);
  const isLink = (tag: string): string | undefined => [PREFIX, PLACE_PREFIX].find((prefix) => tag.startsWith(prefix));
  return Object.fromEntries(Object.entries(tags).filter(([tag]) => isLink(tag) === undefined || keys.has(tag.slice(tag.indexOf(".") + 1))));
}

function keysOf(tree: TreeNode): Set<string> {
  const own = tree.key === undefined ? [] : [tree.key];
  return new Set([...own, ...childrenOf(tree).flatMap(({ node }) => [...keysOf(node)])]);
}

function freeKey(tree: TreeNode, tags: Tags): string {
  const taken = keysOf(tree);
  for (let number = 1; ; number++) if (!taken.has(`c${number}`) && tags[`${PREFIX}c${number}`] === undefined) return `c${number}`;
}
