import { expect, test } from "vitest";
import type { RuleSuggestion } from "../../../shared/domain/record-check.ts";
import { linkedRanges } from "./linked-text.ts";
import { addSuggestions, openSuggestions } from "./suggested-rules.ts";
import type { TreeNode } from "./tree-edits.ts";

const TEXT = "Write three sentences. Never use commas.";
const suggestion = (id: string, words: string, kwargs: Readonly<Record<string, unknown>> = {}): RuleSuggestion => {
  const start = TEXT.indexOf(words);
  return { rule: { type: "rule", id, kwargs: { ...kwargs } }, start, end: start + words.length, expected: words };
};
const sentences = suggestion("length_constraints:number_sentences", "three sentences", { relation: "at least", num_sentences: 3 });
const commas = suggestion("punctuation:no_comma", "Never use commas");

test("all of them go in one behind the other, each tied to its words", () => {
  const added = addSuggestions({ tree: undefined, tags: { topic: "x" }, path: [] }, [sentences, commas], TEXT);
  expect(added?.tree).toEqual({
    type: "and",
    children: [
      { type: "rule", key: "c1", ...ruleOf(sentences) },
      { type: "rule", key: "c2", ...ruleOf(commas) },
    ],
  });
  expect(added?.tags).toEqual({ topic: "x", "span.c1": "three sentences", "span.c2": "Never use commas" });
  expect(added?.path).toEqual(["and", 1]);
  expect(linkedRanges(TEXT, added?.tree as TreeNode, added?.tags ?? {}).map(({ start, end }) => TEXT.slice(start, end))).toEqual([
    "three sentences",
    "Never use commas",
  ]);
});

test("what stands in the tree already is not offered, other arguments are", () => {
  const { id, kwargs } = ruleOf(sentences);
  const tree: TreeNode = {
    type: "chain",
    steps: [{ type: "rule", id, kwargs: { num_sentences: kwargs["num_sentences"], relation: "at least" } }],
  };
  expect(openSuggestions([sentences, commas], tree)).toEqual([commas]);
  expect(openSuggestions([sentences, commas], undefined)).toEqual([sentences, commas]);
  const others: TreeNode = { type: "rule", id, kwargs: { relation: "at least", num_sentences: 4 } };
  expect(openSuggestions([sentences], others)).toEqual([sentences]);
  const condition: TreeNode = { type: "selection", branches: [{ when: { type: "rule", ...ruleOf(sentences) }, then: others }] };
  expect(openSuggestions([sentences, commas], condition)).toEqual([commas]);
  expect(addSuggestions({ tree, tags: {}, path: [] }, [], TEXT)).toBeUndefined();
});

function ruleOf({ rule: { id, kwargs } }: RuleSuggestion) {
  return { id, kwargs };
}
