import { expect, test } from "vitest";
import { linkedRanges, linkWords } from "./linked-text.ts";
import { nodeAt, type TreeNode } from "./tree-edits.ts";

const tree: TreeNode = {
  type: "and",
  children: [
    { type: "rule", id: "a", kwargs: {}, key: "c1" },
    { type: "rule", id: "b", kwargs: {} },
  ],
};
const TEXT = "Write three sentences. Never use commas.";

test("words are tied to a node and found where they stand, also after an edit", () => {
  const path = ["and", 1];
  const linked = linkWords(tree, { topic: "x" }, path, nodeAt(tree, path) as TreeNode, "Never use commas");
  expect(linked.tags).toEqual({ topic: "x", "span.c2": "Never use commas" });
  expect(linkedRanges(TEXT, linked.tree, linked.tags)).toEqual([{ start: 23, end: 39, mark: path }]);
  expect(linkedRanges(`Please. ${TEXT}`, linked.tree, linked.tags)[0]?.start).toBe(31);
  expect(linkedRanges("Something else.", linked.tree, linked.tags)).toEqual([]);
});

test("empty words untie, and a key is kept", () => {
  const node = nodeAt(tree, ["and", 0]) as TreeNode;
  const linked = linkWords(tree, {}, ["and", 0], node, "three sentences");
  expect(linked.tree).toEqual(tree);
  expect(linkWords(linked.tree, linked.tags, ["and", 0], node, "").tags).toEqual({});
});
