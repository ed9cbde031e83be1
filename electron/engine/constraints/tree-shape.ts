// The shape of a composition tree: its leaves with their paths and weights, its depth and kind. Looks at no answer and at no input.

import type { CompositionNode, LeafNode, RuleNode } from "../../../shared/domain/instruction.ts";

export type CompositionKind = "single" | "and" | "chain" | "selection" | "nested";

export type NodePath = readonly (string | number)[];

type InnerNode = Exclude<CompositionNode, LeafNode>;

export function isLeaf(node: CompositionNode): node is LeafNode {
  return node.type !== "and" && node.type !== "chain" && node.type !== "selection";
}

/** Everything an answer is checked against, in the order of the tree; conditions of Selections are not among them. */
export function leaves(tree: CompositionNode): LeafNode[] {
  return isLeaf(tree) ? [tree] : children(tree).flatMap(({ node }) => leaves(node));
}

/** The leaves that are rules of the catalogue. */
export function ruleLeaves(tree: CompositionNode): RuleNode[] {
  return leaves(tree).filter((leaf) => leaf.type === "rule");
}

/** A leaf has depth 0, a composition one more than its deepest child. */
export function depth(tree: CompositionNode): number {
  return isLeaf(tree) ? 0 : 1 + Math.max(...children(tree).map(({ node }) => depth(node)));
}

/** "nested" is a composition inside another of any type. */
export function compositionKind(tree: CompositionNode): CompositionKind {
  if (isLeaf(tree)) return "single";
  return depth(tree) > 1 ? "nested" : tree.type;
}

/** How verdicts name a leaf: the way to it, e.g. "and.0.chain.1"; a leaf without any way is named by its type. */
export function leafPath(leaf: LeafNode, path: NodePath): string {
  if (path.length > 0) return path.join(".");
  // "math" names the verdict of a label that is nothing but a number.
  return leaf.type === "math" ? "leaf" : leaf.type;
}

/** What each leaf weighs, in the order of the tree: its weight times those of all nodes above it; 1 where none is given. */
export function leafWeights(tree: CompositionNode, above = 1): number[] {
  const weight = above * (tree.weight ?? 1);
  return isLeaf(tree) ? [weight] : children(tree).flatMap(({ node }) => leafWeights(node, weight));
}

/** Parts of a composition with the steps of a path that lead to them. */
export function children(node: InnerNode): readonly { readonly node: CompositionNode; readonly steps: NodePath }[] {
  switch (node.type) {
    case "and":
      return node.children.map((child, index) => ({ node: child, steps: ["and", index] }));
    case "chain":
      return node.steps.map((step, index) => ({ node: step, steps: ["chain", index] }));
    case "selection":
      return [
        ...node.branches.map(({ then }, index) => ({ node: then, steps: ["selection", "then", index] })),
        ...(node.otherwise === undefined ? [] : [{ node: node.otherwise, steps: ["selection", "otherwise"] }]),
      ];
  }
}
