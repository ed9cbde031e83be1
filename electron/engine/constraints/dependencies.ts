// Dependencies between parts of a tree, as ComplexBench has them: a leaf counts as false where something it depends on does not hold
// by itself. Only what is named counts, not what that depends on in turn.

import type { CompositionNode, LeafNode } from "../../../shared/domain/instruction.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { children, isLeaf, leafPath, type NodePath } from "./tree-shape.ts";

/** A leaf as it was found by itself, before order and dependencies. */
export interface FoundLeaf {
  readonly path: string;
  /** Inactive leaves neither hold nor fail. */
  readonly active: boolean;
  readonly passed: boolean;
}

/** The keys that keep a leaf from counting, by its path; leaves that nothing keeps are not named. */
export function unmetDependencies(tree: CompositionNode, leaves: readonly FoundLeaf[]): ReadonlyMap<string, readonly string[]> {
  const unmet = new Map<string, readonly string[]>();
  if (!hasDependencies(tree)) return unmet;
  const found = new Map(leaves.map((leaf) => [leaf.path, leaf]));
  const leavesOfKey = new Map<string, readonly string[]>();
  const needs = new Map<string, readonly string[]>();
  collect(tree, [], [], leavesOfKey, needs);
  const holds = (key: string): boolean =>
    (leavesOfKey.get(key) ?? []).every((path) => {
      const leaf = found.get(path);
      return leaf === undefined || !leaf.active || leaf.passed;
    });
  for (const [path, keys] of needs) {
    const failed = keys.filter((key) => !holds(key));
    if (failed.length > 0) unmet.set(path, failed);
  }
  return unmet;
}

function hasDependencies(node: CompositionNode): boolean {
  return node.dependsOn !== undefined || (!isLeaf(node) && children(node).some((child) => hasDependencies(child.node)));
}

/** Returns the paths of the leaves below. */
function collect(
  node: CompositionNode,
  path: NodePath,
  inherited: readonly string[],
  leavesOfKey: Map<string, readonly string[]>,
  needs: Map<string, readonly string[]>,
): readonly string[] {
  const keys = [...inherited, ...(node.dependsOn ?? [])];
  const paths = isLeaf(node)
    ? [leafPath(node, path)]
    : children(node).flatMap((child) => collect(child.node, [...path, ...child.steps], keys, leavesOfKey, needs));
  if (isLeaf(node) && keys.length > 0) needs.set(paths[0] as string, keys);
  if (node.key !== undefined) leavesOfKey.set(node.key, paths);
  return paths;
}

/** Throws "invalid-record" for a key used twice, a dependency on nothing, or one on a node's own part or whole. */
export function validateDependencies(tree: CompositionNode, where: string): void {
  const nodes = listNodes(tree, []);
  const byKey = new Map<string, ListedNode>();
  for (const listed of nodes) {
    const { key } = listed.node;
    if (key === undefined) continue;
    if (byKey.has(key))
      throw new WorkbenchError("invalid-record", `the key "${key}" names two nodes`, { where: placeOf(where, listed.path) });
    byKey.set(key, listed);
  }
  for (const { node, path } of nodes) {
    for (const key of node.dependsOn ?? []) {
      const target = byKey.get(key);
      const place = placeOf(where, path);
      if (target === undefined) {
        const known = [...byKey.keys()].join(", ");
        throw new WorkbenchError("invalid-record", `a node depends on "${key}", which names nothing`, {
          where: place,
          expected: known === "" ? "the key of another node" : `one of ${known}`,
          got: key,
        });
      }
      if (isWithin(target.path, path) || isWithin(path, target.path)) {
        throw new WorkbenchError("invalid-record", "a node depends on itself, on a part of it or on what it is part of", {
          where: place,
          expected: "a node beside it",
          got: key,
        });
      }
    }
  }
}

interface ListedNode {
  readonly node: CompositionNode | LeafNode;
  readonly path: NodePath;
}

function listNodes(node: CompositionNode, path: NodePath): ListedNode[] {
  const below = isLeaf(node) ? [] : children(node).flatMap((child) => listNodes(child.node, [...path, ...child.steps]));
  return [{ node, path }, ...below];
}

function isWithin(path: NodePath, whole: NodePath): boolean {
  return whole.every((step, index) => path[index] === step);
}

function placeOf(where: string, path: NodePath): string {
  return path.length === 0 ? where : `${where}, ${path.join(".")}`;
}
