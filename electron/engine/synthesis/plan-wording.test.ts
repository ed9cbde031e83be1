// Whether an instruction still says what it was to ask for: numbers in digits or in words, marks by their names, nothing else taken for them.

import { expect, test } from "vitest";
import type { RuleNode } from "../../../shared/domain/instruction.ts";
import { namesCount } from "./number-words.ts";
import { droppedParts } from "./plan-wording.ts";

test.each<[number, string, boolean]>([
  [20, "at least twenty words", true],
  [25, "twenty-five words", true],
  [20, "twenty-five words", false],
  [5, "twenty-five words", false],
  [120, "a hundred and twenty words", true],
  [100, "a hundred and twenty words", false],
  [130, "one hundred thirty words", true],
  [1200, "1,200 words", true],
  [200, "1,200 words", false],
  [4, "14 words", false],
  [1, "a single highlight", true],
  [2, "使用两次", true],
  [12, "写十二个词", true],
  [2, "写十二个词", false],
  [120, "至少一百二十个字", true],
  [115, "至少一百一十五个字", true],
  [105, "至少一百零五个字", true],
  [3, "exactly 3 要点", true],
])("%d in %j: %s", (count, text, named) => {
  expect(namesCount(text, count)).toBe(named);
});

const rule = (id: string, kwargs: Record<string, unknown> = {}): RuleNode => ({ type: "rule", id, kwargs });

test.each<[string, RuleNode, string, readonly string[]]>([
  ["a limit in words", rule("length_constraints:number_words", { num_words: 60, relation: "less than" }), "Keep it under sixty words.", []],
  [
    "another limit",
    rule("length_constraints:number_words", { num_words: 60, relation: "less than" }),
    "Keep it under ninety words.",
    ["60"],
  ],
  [
    "asterisks by name",
    rule("length_constraints:number_paragraphs", { num_paragraphs: 3 }),
    "Three paragraphs, divided by three asterisks.",
    [],
  ],
  ["the end by another word", rule("raif:last_word", { word: "home" }), 'Conclude with "home".', []],
  ["a word left out", rule("keywords:existence", { keywords: ["river", "sea"] }), "Mention the river.", ["sea"]],
  ["a form left out", rule("raif:uppercase"), "Shout.", ["capitals"]],
])("%s", (_, asked, instruction, dropped) => {
  expect(droppedParts([asked], instruction)).toEqual(dropped);
});
