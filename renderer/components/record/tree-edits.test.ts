import { describe, expect, test } from "vitest";
import {
  addBranch,
  duplicateAt,
  insertAt,
  moveBy,
  moveIn,
  moveOut,
  moveTo,
  nodeAt,
  regroupAt,
  replaceAt,
  setCondition,
  treeRows,
  wrapAt,
  type TreeNode,
} from "./tree-edits.ts";

const rule = (id: string): TreeNode => ({ type: "rule", id, kwargs: {} });
const [a, b, c, d] = ["a", "b", "c", "d"].map(rule) as [TreeNode, TreeNode, TreeNode, TreeNode];
const selection: TreeNode = {
  type: "selection",
  branches: [
    { when: { type: "value", value: true }, then: a },
    { when: { type: "value", value: false }, then: { type: "chain", steps: [b, c] } },
  ],
  otherwise: d,
};
const tree: TreeNode = { type: "and", children: [a, selection, b], weight: 2 };

describe("building from nothing", () => {
  test("the first node is the tree, the second makes a group, more go into it", () => {
    const first = insertAt(undefined, [], a);
    const second = insertAt(first.tree, first.path, b);
    const third = insertAt(second.tree, second.path, c);
    expect([first, second, third]).toEqual([
      { tree: a, path: [] },
      { tree: { type: "and", children: [a, b] }, path: ["and", 1] },
      { tree: { type: "and", children: [a, b, c] }, path: ["and", 2] },
    ]);
  });

  test("a group takes at its end, a branch grows a group of its own", () => {
    expect(insertAt(tree, [], c).path).toEqual(["and", 3]);
    const grown = insertAt(tree, ["and", 1, "selection", "then", 0], c);
    expect(grown.path).toEqual(["and", 1, "selection", "then", 0, "and", 1]);
    expect(nodeAt(grown.tree, grown.path)).toEqual(c);
  });

  test("wrapping, branches and conditions", () => {
    const wrapped = wrapAt(a, [], "selection");
    const branched = addBranch(wrapped.tree, [], "branch", b);
    const whole = addBranch(branched.tree, [], "otherwise", c);
    const decided = setCondition(whole.tree, [], 1, { type: "rule", id: "x", kwargs: {} });
    expect(decided).toEqual({
      type: "selection",
      branches: [
        { when: { type: "value", value: true }, then: a },
        { when: { type: "rule", id: "x", kwargs: {} }, then: b },
      ],
      otherwise: c,
    });
    expect(whole.path).toEqual(["selection", "otherwise"]);
  });
});

describe("taking away", () => {
  test("groups that are left empty go too", () => {
    expect(replaceAt({ type: "and", children: [{ type: "chain", steps: [a] }, b] }, ["and", 0, "chain", 0], undefined)).toEqual({
      type: "and",
      children: [b],
    });
    expect(replaceAt({ type: "and", children: [{ type: "chain", steps: [a] }] }, ["and", 0, "chain", 0], undefined)).toBeUndefined();
  });

  test("a Selection without branches leaves what was otherwise", () => {
    const one: TreeNode = { type: "selection", branches: [{ when: { type: "value", value: true }, then: a }], otherwise: b };
    expect(replaceAt(one, ["selection", "then", 0], undefined)).toEqual(b);
    expect(replaceAt(one, ["selection", "otherwise"], undefined)).toEqual({ type: "selection", branches: one.branches });
  });
});

describe("moving", () => {
  test("past a neighbour and not past the ends; branches move with their conditions", () => {
    expect(moveBy(tree, ["and", 0], 1)).toEqual({ tree: { ...tree, children: [selection, a, b] }, path: ["and", 1] });
    expect(moveBy(tree, ["and", 2], 1)).toEqual({ tree, path: ["and", 2] });
    const moved = moveBy(tree, ["and", 1, "selection", "then", 1], -1);
    expect(moved.path).toEqual(["and", 1, "selection", "then", 0]);
    expect(nodeAt(moved.tree, moved.path)).toEqual({ type: "chain", steps: [b, c] });
  });

  test("from one place to another; never into itself, and nothing gets lost", () => {
    const moved = moveTo(tree, ["and", 0], ["and", 1, "selection", "then", 1]);
    expect(nodeAt(moved.tree, moved.path)).toEqual(a);
    expect(moved.path).toEqual(["and", 0, "selection", "then", 1, "chain", 2]);
    expect(moveTo(tree, ["and", 1], ["and", 1, "selection", "otherwise"])).toEqual({ tree, path: ["and", 1] });
    const leaves = (node: TreeNode) => treeRows(node).filter((row) => row.type === "node" && row.node.type === "rule").length;
    for (const to of treeRows(tree)) expect(leaves(moveTo(tree, ["and", 2], to.path).tree)).toBe(leaves(tree));
  });
});

test("dropping before a node, out of a group, into the group before; nothing gets lost", () => {
  const e = rule("e");
  const distinct: TreeNode = { type: "and", children: [a, selection, e] };
  const first = moveTo(distinct, ["and", 2], ["and", 0], "before");
  expect(first).toEqual({ tree: { type: "and", children: [e, a, selection] }, path: ["and", 0] });
  const out = moveOut(distinct, ["and", 1, "selection", "then", 1, "chain", 0]);
  expect(out.path).toEqual(["and", 2]);
  expect(nodeAt(out.tree, out.path)).toEqual(b);
  expect(moveOut(distinct, ["and", 0])).toEqual({ tree: distinct, path: ["and", 0] });
  const chain: TreeNode = { type: "and", children: [{ type: "chain", steps: [a] }, b] };
  expect(moveIn(chain, ["and", 1])).toEqual({
    tree: { type: "and", children: [{ type: "chain", steps: [a, b] }] },
    path: ["and", 0, "chain", 1],
  });
  expect(moveIn(distinct, ["and", 2]).path.slice(0, 5)).toEqual(["and", 1, "selection", "then", 0]);
  expect(moveIn(distinct, ["and", 0])).toEqual({ tree: distinct, path: ["and", 0] });
  const leaves = (node: TreeNode) => treeRows(node).filter((row) => row.type === "node" && row.node.type === "rule").length;
  for (const { path } of treeRows(distinct)) {
    for (const change of [moveOut, moveIn]) expect(leaves(change(distinct, path).tree)).toBe(leaves(distinct));
    expect(leaves(moveTo(distinct, ["and", 2], path, "before").tree)).toBe(leaves(distinct));
  }
});

test("a part is there once more behind itself, with all that is in it and without its key", () => {
  const keyed = { type: "chain", steps: [{ ...b, key: "k2" }, c], key: "k1" } as TreeNode;
  const chain = { type: "chain", steps: [b, c] };
  const twice = duplicateAt({ type: "and", children: [a, keyed, d] }, ["and", 1]);
  expect(twice).toEqual({ tree: { type: "and", children: [a, keyed, chain, d] }, path: ["and", 2] });
  expect(duplicateAt(keyed, [])).toEqual({ tree: { type: "and", children: [keyed, chain] }, path: ["and", 1] });
  // In a branch there is one place only.
  const inBranch = duplicateAt(selection, ["selection", "then", 1]);
  expect(nodeAt(inBranch.tree, ["selection", "then", 1])).toEqual({ type: "and", children: [chain, chain] });
  expect(inBranch.path).toEqual(["selection", "then", 1, "and", 1]);
});

test("regrouping keeps the parts and what the group carries", () => {
  const chained = regroupAt(tree, [], "chain");
  expect(chained).toEqual({ type: "chain", steps: [a, selection, b], weight: 2 });
  expect(regroupAt(chained, [], "and")).toEqual(tree);
});

test("rows name every node once, with conditions above what they lead to", () => {
  expect(treeRows(tree).map((row) => `${row.level} ${row.type === "node" ? row.node.type : `if ${row.index}`}`)).toEqual([
    "1 and",
    "2 rule",
    "2 selection",
    "3 if 0",
    "4 rule",
    "3 if 1",
    "4 chain",
    "5 rule",
    "5 rule",
    "3 if -1",
    "4 rule",
    "2 rule",
  ]);
});
