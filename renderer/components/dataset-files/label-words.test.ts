import { expect, test } from "vitest";
import { inOneLine, labelWords } from "./label-words.ts";

const NO_COMMA = { type: "rule", id: "punctuation:no_comma", kwargs: {} };

test("a label is told as its tree is written, as its answer, or as it stands", () => {
  const tree = { type: "and", children: [NO_COMMA, { type: "question", text: "Is it kind?" }] };
  expect(inOneLine(labelWords({ label: { type: "tree", tree } }))).toBe('all of · rule punctuation:no_comma · question "Is it kind?"');
  expect(labelWords({ label: { type: "math", answer: "42" } })).toBe("the answer is 42");
  expect(labelWords({ label: { type: "tree", tree: { type: "strange" } } })).toBe('{"type":"tree","tree":{"type":"strange"}}');
  expect(labelWords({})).toBe("");
});
