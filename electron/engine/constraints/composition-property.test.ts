// Arbitrary trees against the definition of the four compositions, leaf by leaf: whether a leaf counts and whether it holds is asked
// of the whole tree each time, which is slow and shares nothing with the walk that it tests.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { CompositionNode, RuleNode } from "../../../shared/domain/instruction.ts";
import { evaluateTree } from "./composition.ts";

const HOLDS: RuleNode = { type: "rule", id: "raif:lowercase", kwargs: {} };
const FAILS: RuleNode = { type: "rule", id: "raif:uppercase", kwargs: {} };
const KEYS = ["a", "b", "c"] as const;

const leaf = fc
  .record({
    rule: fc.constantFrom(HOLDS, HOLDS, FAILS),
    key: fc.option(fc.constantFrom(...KEYS), { nil: undefined, freq: 2 }),
    dependsOn: fc.option(fc.subarray([...KEYS], { minLength: 1 }), { nil: undefined, freq: 2 }),
  })
  .map(({ rule, key, dependsOn }) => ({ ...rule, key, dependsOn }));

const trees = fc.letrec<{ node: CompositionNode }>((tie) => {
  const dependsOn = fc.option(fc.subarray([...KEYS], { minLength: 1 }), { nil: undefined, freq: 4 });
  const parts = fc.array(tie("node"), { minLength: 1, maxLength: 4 });
  const branch = fc.record({ when: fc.record({ type: fc.constant("value" as const), value: fc.boolean() }), then: tie("node") });
  return {
    node: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      fc.record({ type: fc.constant("and" as const), children: parts, dependsOn }),
      fc.record({ type: fc.constant("chain" as const), steps: parts, dependsOn }),
      fc.record({
        type: fc.constant("selection" as const),
        branches: fc.array(branch, { minLength: 1, maxLength: 3 }),
        otherwise: fc.option(tie("node"), { nil: undefined }),
        dependsOn,
      }),
    ),
  };
}).node;

type Leaf = ReturnType<typeof listLeaves>[number];

/** Each leaf with its ancestors, and which of their parts it lies in. */
function listLeaves(
  node: CompositionNode,
  above: readonly { readonly node: CompositionNode; readonly part: number }[] = [],
): { readonly rule: RuleNode; readonly above: readonly { readonly node: CompositionNode; readonly part: number }[] }[] {
  const within = (part: number, child: CompositionNode) => listLeaves(child, [...above, { node, part }]);
  if (node.type === "and") return node.children.flatMap((child, part) => within(part, child));
  if (node.type === "chain") return node.steps.flatMap((child, part) => within(part, child));
  if (node.type !== "selection") return [{ rule: node as RuleNode, above }];
  const own = node.branches.flatMap(({ then }, part) => within(part, then));
  return node.otherwise === undefined ? own : [...own, ...within(node.branches.length, node.otherwise)];
}

function isActive({ above }: Leaf): boolean {
  return above.every(({ node, part }) => {
    if (node.type !== "selection") return true;
    const first = node.branches.findIndex(({ when }) => when.type === "value" && when.value);
    return part === (first < 0 ? node.branches.length : first);
  });
}

function holds(leaf: Leaf, all: readonly Leaf[]): boolean {
  if (leaf.rule.id !== HOLDS.id) return false;
  const needed = [leaf.rule, ...leaf.above.map(({ node }) => node)].flatMap(({ dependsOn }) => dependsOn ?? []);
  const met = needed.every((key) => all.every((other) => other.rule.key !== key || !isActive(other) || other.rule.id === HOLDS.id));
  const inOrder = leaf.above.every(({ node, part }, level) => {
    if (node.type !== "chain") return true;
    const earlier = all.filter((other) => other.above[level]?.node === node && other.above[level].part < part);
    return earlier.every((other) => !isActive(other) || holds(other, all));
  });
  return met && inOrder;
}

/** Keys have to be unique: the first leaf keeps one. */
function withUniqueKeys(node: CompositionNode, used = new Set<string>()): CompositionNode {
  if (node.type === "and") return { ...node, children: node.children.map((child) => withUniqueKeys(child, used)) };
  if (node.type === "chain") return { ...node, steps: node.steps.map((step) => withUniqueKeys(step, used)) };
  if (node.type === "selection") {
    const branches = node.branches.map(({ when, then }) => ({ when, then: withUniqueKeys(then, used) }));
    return { ...node, branches, otherwise: node.otherwise === undefined ? undefined : withUniqueKeys(node.otherwise, used) };
  }
  const taken = node.key === undefined || used.has(node.key);
  if (!taken && node.key !== undefined) used.add(node.key);
  return taken ? { ...node, key: undefined } : node;
}

test("every leaf of every tree counts, and holds, as the compositions are defined", () => {
  fc.assert(
    fc.property(trees, (tree) => {
      const unique = withUniqueKeys(tree);
      const all = listLeaves(unique);
      const verdicts = evaluateTree(unique, "lower case", undefined);
      expect(verdicts.map(({ state, passed }) => [state !== "inactive", passed])).toEqual(
        all.map((one) => [isActive(one), isActive(one) && holds(one, all)]),
      );
      expect(new Set(verdicts.map(({ path }) => path)).size).toBe(all.length);
    }),
    { numRuns: 400 },
  );
});
