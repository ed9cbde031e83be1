import { expect, test } from "vitest";
import { linkedRanges, linkWords, occurrenceAt, prunedTags } from "./linked-text.ts";
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

test("words that stand there twice keep their place, and the first one counts where the other is gone", () => {
  const text = "No commas. Really: no commas, no commas.";
  const start = text.lastIndexOf("no commas");
  const occurrence = occurrenceAt(text, "no commas", start);
  expect(occurrence).toBe(2);
  const node = nodeAt(tree, ["and", 0]) as TreeNode;
  const linked = linkWords(tree, {}, ["and", 0], node, "no commas", occurrence);
  expect(linkedRanges(text, linked.tree, linked.tags)[0]?.start).toBe(start);
  expect(linkedRanges("Please, no commas.", linked.tree, linked.tags)[0]?.start).toBe(8);
  expect(linkWords(linked.tree, linked.tags, ["and", 0], node, "").tags).toEqual({});
});

test("links of nodes that have gone go too, and a new node never inherits one", () => {
  const tags = { topic: "x", "span.c1": "three sentences", "span.c2": "never", "span-place.c2": 2 };
  expect(prunedTags(tree, tags)).toEqual({ topic: "x", "span.c1": "three sentences" });
  expect(prunedTags(undefined, tags)).toEqual({ topic: "x" });
  const linked = linkWords(tree, tags, ["and", 1], nodeAt(tree, ["and", 1]) as TreeNode, "commas");
  expect(linked.tags["span.c3"]).toBe("commas");
});
