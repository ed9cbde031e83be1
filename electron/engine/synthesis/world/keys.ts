// Which side of the train / held-out border a piece of data belongs to. The border is a hash of canonical keys, so a sampler
// needs no list of held-out records to stay clear of them.

import { children, isLeaf } from "../../constraints/tree-shape.ts";
import { mixSeed } from "../../tensor/random.ts";
import type { CompositionNode, RuleNode } from "../../../../shared/domain/instruction.ts";

export type Side = "train" | "heldout";

/** One in this many rule combinations, texts and sums is kept for the held-out sets. */
const HELD_OUT_ONE_IN = 8;

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

/** Every rule of a tree, Selection conditions included. */
export function allRules(node: CompositionNode): RuleNode[] {
  if (isLeaf(node)) return node.type === "rule" ? [node] : [];
  const conditions = node.type === "selection" ? node.branches.map(({ when }) => when) : [];
  return [...conditions.filter((when) => when.type === "rule"), ...children(node).flatMap((child) => allRules(child.node))];
}

/** Rule ids and arguments as a multiset, independent of order and nesting. */
export function combinationKey(tree: CompositionNode): string {
  return allRules(tree)
    .map((rule) => `${rule.id}${canonicalJson(rule.kwargs)}`)
    .sort()
    .join(" ");
}

export function sideOf(kind: "combination" | "input" | "maths", key: string): Side {
  return (mixSeed("border", kind, key) >>> 8) % HELD_OUT_ONE_IN === 0 ? "heldout" : "train";
}

/** A lone rule without arguments exists only once and therefore always belongs to training. */
export function combinationSide(tree: CompositionNode): Side {
  if (tree.type === "rule" && Object.keys(tree.kwargs).length === 0) return "train";
  return sideOf("combination", combinationKey(tree));
}

/** Lower case, letters and digits only, single spaces: what counts as the same text. */
export function normalizedText(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}
