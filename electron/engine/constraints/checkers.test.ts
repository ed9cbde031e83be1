// Every checker of IFEval and of our own on texts that pass, fail and sit on the edge. The public semantics are
// covered by the conformance tests, arbitrary texts by robustness.test.ts.

import { describe, expect, test } from "vitest";
import type { CheckMode } from "../../../shared/domain/instruction.ts";
import { findChecker, parseKwargs, ruleIds } from "./catalogue.ts";

interface Case {
  readonly id: string;
  readonly kwargs: Record<string, unknown>;
  /** In "compat" mode. */
  readonly pass: readonly string[];
  readonly fail: readonly string[];
  /** In "corrected" mode: what differs, and that the plain case stays. */
  readonly corrected?: { readonly pass: readonly string[]; readonly fail: readonly string[] };
}

const CASES: readonly Case[] = [
  {
    id: "keywords:existence",
    kwargs: { keywords: ["cat", "Dog"] },
    pass: ["a dog and a CAT"],
    fail: ["a cat", ""],
    corrected: { pass: ["a dog, a CAT!", "ＤＯＧ ｃａｔ"], fail: ["dogs and cats", "concat dog"] },
  },
  {
    id: "keywords:frequency",
    kwargs: { keyword: "cat", frequency: 2, relation: "at least" },
    pass: ["cat Cats"],
    fail: ["cat", ""],
    corrected: { pass: ["cat, Cat"], fail: ["cat Cats", "concat cat"] },
  },
  {
    id: "keywords:forbidden_words",
    kwargs: { forbidden_words: ["cat"] },
    pass: ["cats", "concat", ""],
    fail: ["a Cat.", "cat"],
    corrected: { pass: ["cats", ""], fail: ["a cat", "Cat。"] },
  },
  {
    id: "keywords:letter_frequency",
    kwargs: { letter: "a", let_frequency: 2, let_relation: "less than" },
    pass: ["a b", "", "ä å"],
    fail: ["aA", "banana"],
    corrected: { pass: ["a b"], fail: ["aA"] },
  },
  {
    id: "length_constraints:number_sentences",
    kwargs: { num_sentences: 2, relation: "at least" },
    pass: ["One. Two.", "Is it? Yes"],
    fail: ["Mr. Smith came.", "no end\nno end", "3.5 is a number."],
    corrected: {
      pass: ["One. Two.", "你好。再见！", "これは犬です。猫ではありません。", "यह एक है। वह दो है।"],
      fail: ["Wait! !!", "一，二，三", "「元気ですか？」と聞いた。"],
    },
  },
  {
    id: "length_constraints:number_paragraphs",
    kwargs: { num_paragraphs: 2 },
    pass: ["a\n***\nb", "***a***b***"],
    fail: ["a\n\nb", "a*** ***b"],
    corrected: { pass: ["a\n***\nb", "a\n***\n\n***\nb", "***Note*** a\n***\nb"], fail: ["***a***b***", "***bold*** only"] },
  },
  {
    id: "length_constraints:number_words",
    kwargs: { num_words: 3, relation: "at least" },
    pass: ["don't go", "été là oui"],
    fail: ["well-known", ""],
    corrected: {
      pass: ["don't go home", "我们去公园玩", "這是一隻小狗", "犬が好きです", "पानी पीना है"],
      fail: ["don't go", "well-known 3.5", "公园"],
    },
  },
  {
    id: "detectable_content:number_placeholders",
    kwargs: { num_placeholders: 2 },
    pass: ["[a] [b]"],
    fail: ["[a]", "[a\n] [b]"],
    corrected: { pass: ["[a] [b]", "［name］【date】"], fail: ["[] [a]", "[a](http://x) [b]", "- [x] done [a]", "![a] [b]"] },
  },
  {
    id: "detectable_content:postscript",
    kwargs: { postscript_marker: "P.S." },
    pass: ["hi\nP. S. bye", "p.s. x"],
    fail: ["PS bye", "P.S"],
    corrected: { pass: ["hi\nP.S. bye", "hi\n**PS:** bye", "hi\nP. S. bye"], fail: ["see p.s. here", "hi\nP.S.", "hi\nPsst bye"] },
  },
  {
    id: "detectable_format:number_bullet_lists",
    kwargs: { num_bullets: 2 },
    pass: ["* a\n* b", "- a\n  - b"],
    fail: ["* a", "** a\n* b", "- a\n- b\n- c"],
    corrected: {
      pass: ["* a\n* b", "- a\n---\n- b", "• a\n• b", "- a\n- b\n-5 degrees", "- a\n```\n- code\n```\n- b"],
      fail: ["---\n- a", "-a\n-b", "- - -\n* a"],
    },
  },
  {
    id: "detectable_format:constrained_response",
    kwargs: {},
    pass: ["Well. My answer is no."],
    fail: ["my answer is no.", "My answer is no"],
    corrected: { pass: ["my answer is No.", "My answer is **no**."], fail: ["My answer is yes. My answer is no.", "My answer is no"] },
  },
  {
    id: "detectable_format:number_highlighted_sections",
    kwargs: { num_highlights: 1 },
    pass: ["a *b* c", "**b**"],
    fail: ["* *", "*b", ""],
    corrected: { pass: ["a *b* c", "**b**"], fail: ["* a *b", "* a\n* b", "2 * 3 * 4"] },
  },
  {
    id: "detectable_format:json_format",
    kwargs: {},
    pass: ['```json\n{"a": [1, NaN]}\n```', "12", '"NaN"'],
    fail: ["{a: 1}", "", "1NaN", "{'a': 1}"],
    corrected: {
      pass: ['```json\n{"a": 1}\n```', "[1]", '```{"a":1}```'],
      fail: ["12", '```json\n```\n{"a":1}```', "[NaN]", 'Here: {"a":1}'],
    },
  },
  {
    id: "detectable_format:title",
    kwargs: {},
    pass: ["<<a>>\ntext"],
    fail: ["<<>>", "<< >>", "<a>", "<<a\nb>>"],
    corrected: { pass: ["<<a>>\ntext", "《标题》\n内容"], fail: ["<<->>", "<<>> x >>"] },
  },
  {
    id: "combination:two_responses",
    kwargs: {},
    pass: ["a******b", "******a******b"],
    fail: ["a******a ", "a", "a******b******c", "a******\n******b"],
    corrected: { pass: ["a******b", "a\n********\nb", "a\n************\nb"], fail: ["a******a", "a******b******c"] },
  },
  {
    id: "combination:repeat_prompt",
    kwargs: { prompt_to_repeat: "Say it. " },
    pass: [" say it. Yes"],
    fail: ["I say it.", ""],
    corrected: { pass: ['"Say it." Yes', "**Say\nit.** Yes"], fail: ["I say it.", ""] },
  },
  {
    id: "startend:end_checker",
    kwargs: { end_phrase: "the end." },
    pass: ["This is The End.", 'so "the end."'],
    fail: ["the end", "the end. no"],
    corrected: { pass: ["so “The End.”", "**the end.**", "the end。"], fail: ["the end", "the end. no"] },
  },
  {
    id: "startend:quotation",
    kwargs: {},
    pass: [' "a" ', '""'],
    fail: ['"', '"a', "a", "“a”"],
    corrected: { pass: ['"a"', "“a”", "「你好」", "„a“"], fail: ['""', '" "', "“a", "«a”"] },
  },
  {
    id: "change_case:capital_word_frequency",
    kwargs: { capital_frequency: 2, capital_relation: "at least" },
    pass: ["I AM here", "NASA, ESA"],
    fail: ["One TWO", "ABC-def GO"],
    corrected: { pass: ["I AM", "NASA, É"], fail: ["A-LEVEL", "I am"] },
  },
  {
    id: "punctuation:no_comma",
    kwargs: {},
    pass: ["a b", "a，b", ""],
    fail: ["a, b"],
    corrected: { pass: ["a b", ""], fail: ["a, b", "甲，乙", "甲、乙", "أ، ب"] },
  },
  {
    id: "change_case:english_capital",
    kwargs: {},
    pass: ["THIS IS A SHORT LETTER TO ALL OF THE PEOPLE WHO LIVE HERE"],
    fail: ["This is", "", "DAS IST EIN KURZER BRIEF AN DIE LEUTE, DIE HIER ÜBER DER STRASSE WOHNEN", "12"],
    corrected: {
      pass: ["THIS IS A SHORT LETTER TO ALL OF THE PEOPLE WHO LIVE HERE", "OK"],
      fail: ["ЭТО ПИСЬМО", "DIES IST EIN KURZER BRIEF AN DIE LEUTE, DIE HIER WOHNEN"],
    },
  },
  {
    id: "change_case:english_lowercase",
    kwargs: {},
    pass: ["this is a short letter to all of the people who live here."],
    fail: ["This is", "", "das ist ein kurzer brief an die leute, die hier wohnen", "12"],
    corrected: {
      pass: ["this is a short letter to all of the people", "hello"],
      fail: ["это письмо", "das ist ein kurzer brief an die leute"],
    },
  },
  {
    id: "language:response_language",
    kwargs: { language: "zh" },
    pass: ["今天天气很好，我们一起去公园散步吧。", "今天天氣很好，我們一起去公園散步吧。", "12!"],
    fail: ["The weather is nice today.", "今日は天気がいいです。"],
    corrected: { pass: ["今天天气很好，我们一起去公园散步吧。"], fail: ["12!", ""] },
  },
  {
    id: "length_constraints:nth_paragraph_first_word",
    kwargs: { num_paragraphs: 2, nth_paragraph: 2, first_word: "Later" },
    pass: ["a\n\nlater, b", "a\n\n'\"Later?", "a\n\nLATER\n\n "],
    fail: ["a\n\n\n\nlater", "a\n\n*later* b", "a\nlater", "a\n\nlater\n\nb", "a\n\nlately"],
    corrected: { pass: ["a\n\n\n\nlater", "a\n\n**Later** b", "a\n\n“Later,” b"], fail: ["a\n\nmuch later", "later\n\na"] },
  },
  {
    id: "detectable_format:multiple_sections",
    kwargs: { section_spliter: "Section", num_sections: 2 },
    pass: ["Section 1 a Section 2 b", "MySection 1\nYourSection 2", "Section1Section ２"],
    fail: ["section 1\nsection 2", "Section X\nSection Y", "Section 1"],
    corrected: {
      pass: ["## Section 1\na\n**Section 2**\nb", "Section I\na\nSection II"],
      fail: ["as Section 1 and Section 2 say", "Section A\nSection B"],
    },
  },
  {
    id: "detectable_format:xml_format",
    kwargs: {},
    pass: ["<a><b/>text</a>", "so <b>it</b> is", "<a>\n</a>"],
    fail: ["", "text", "<a>", "a < b > c"],
    corrected: {
      pass: ['```xml\n<?xml version="1.0"?>\n<a>x</a>\n```', "<a/>"],
      fail: ["so <b>it</b> is", "<a></b>", "<a/><b/>", "<a x=1/>"],
    },
  },
  { id: "raif:lowercase", kwargs: {}, pass: ["a b 1", "été"], fail: ["A b", "12", "É"] },
  { id: "raif:uppercase", kwargs: {}, pass: ["A B 1"], fail: ["A b", "12", ""] },
  { id: "raif:first_word", kwargs: { word: "Apple" }, pass: ['"apple", he', "APPLE"], fail: ["an apple", "apples", "", "..."] },
  { id: "raif:last_word", kwargs: { word: "pie" }, pass: ["apple Pie!", "pie"], fail: ["pie is", "apple-pie", ""] },
  { id: "raif:exact_words", kwargs: { count: 2 }, pass: ["a, b.", "don't"], fail: ["a", "a b c"] },
  { id: "raif:sorted_words", kwargs: {}, pass: ["ant Bee cat", "1. ant\n2. bee", "bee bee"], fail: ["bee ant", "ant", "", "ant cat bee"] },
  { id: "raif:unique_words", kwargs: {}, pass: ["a b c"], fail: ["a b A", ""] },
  { id: "raif:equals", kwargs: { text: "red blue" }, pass: [" red  blue. ", "red\nblue"], fail: ["Red blue", "red blue!", "red blue.."] },
  {
    id: "raif:words_from",
    kwargs: { words: ["cat", "red fox", "Dog"], at_least: 2 },
    pass: ["dog, cat", "Red  fox cat"],
    fail: ["cat cat", "cats dog"],
  },
  { id: "raif:only_words_from", kwargs: { words: ["cat", "dog"] }, pass: ["Cat, dog cat."], fail: ["cat fox", "", "cat 2"] },
  {
    id: "raif:numbered_list",
    kwargs: { count: 2 },
    pass: ["1. a\n2. b", "Here:\n1. a\n 2. b\nDone."],
    fail: ["1. a", "1. a\n3. b", "1. a\n2.", "2. a\n1. b"],
  },
  { id: "raif:separator", kwargs: { separator: "|", count: 2 }, pass: ["a | b"], fail: ["a", "a|", "a|b|c"] },
  {
    id: "raif:contains_number",
    kwargs: { value: 12 },
    pass: ["12", "it is 12.", "a=12, b", "012", "12.0"],
    fail: ["112", "12.5", "a12", "-12", "1,012", "twelve"],
  },
  { id: "raif:more_often", kwargs: { word: "cat", than: "dog" }, pass: ["cat cat dog", "Cat"], fail: ["cat dog", "cats", ""] },
  { id: "raif:ends_with_mark", kwargs: { mark: "!" }, pass: ["a! "], fail: ["a!?", "", "! a"] },
  {
    id: "raif:regex",
    kwargs: { pattern: "^item \\d+$", ignore_case: true, at_least: 2, at_most: 3 },
    pass: ["Item 1\nitem 22", "x\nitem 1\nITEM 2\nitem 3"],
    fail: ["item 1", "item 1\nitem 2\nitem 3\nitem 4", "item a\nitem b", ""],
  },
  {
    id: "raif:json_schema",
    kwargs: {
      schema: {
        type: "object",
        required: ["name", "tags"],
        properties: {
          name: { type: "string", pattern: "^[A-Z]" },
          tags: { type: "array", minItems: 1 },
          on: { type: "string", format: "date" },
        },
        additionalProperties: false,
      },
    },
    pass: ['{"name": "Ann", "tags": [1]}', '```json\n{"name":"Ann","tags":["a"],"on":"2024-02-29"}\n```'],
    fail: [
      '{"name": "ann", "tags": [1]}',
      '{"name": "Ann", "tags": []}',
      '{"name": "Ann"}',
      '{"name":"Ann","tags":[1],"on":"2023-02-29"}',
      '{"name":"Ann","tags":[1],"x":1}',
      "Here you are: {}",
      "",
    ],
  },
  {
    id: "raif:word_range",
    kwargs: { min: 2, max: 3 },
    pass: ["don't go", "我们去公园", "3.5 km"],
    fail: ["go", "a b c d", "", "我们去公园散步吧"],
  },
  {
    id: "raif:character_range",
    kwargs: { min: 2, max: 4 },
    pass: ["a b c d", "北京", "👩‍👩‍👧👩‍👩‍👧", "e\u0301e"],
    fail: ["a", " 👩‍👩‍👧 ", "abcde", ""],
  },
  { id: "raif:line_range", kwargs: { min: 2, max: 2 }, pass: ["a\nb", "a\r\n\r\nb\n"], fail: ["a", "a\n \n", "a\nb\nc", ""] },
  {
    id: "raif:equals_number",
    kwargs: { value: 1200, tolerance: 0.5 },
    pass: ["1200", " **1,200.0** ", '"1200.4."', "1.2e3", "１２００"],
    fail: ["1200 km", "12,00", "1201", "", "-1200", ".", "twelve hundred"],
  },
  {
    id: "raif:table_shape",
    kwargs: { columns: 2, rows: 1, headers: ["A", "b"] },
    pass: ["| a | b |\n|---|:-:|\n| 1 | 2 |", "Look:\n\n| **A** | `B` |\n|--|--|\n| 1 | 2 |\n\nDone."],
    fail: ["| a | b |\n|---|---|", "| a | c |\n|---|---|\n| 1 | 2 |", "a | b\n1 | 2", "```\n| a | b |\n|---|---|\n| 1 | 2 |\n```", ""],
  },
  {
    id: "raif:code_fence",
    kwargs: { language: "Python", at_least: 2 },
    pass: ["```python\na\n```\ntext\n~~~PYTHON x\nb\n~~~", "```python\na\n```\n- item\n  ```python\n  b\n  ```"],
    fail: ["```python\na\n```", "```\na\n```\n```\nb\n```", "```js\na\n```\n```python\nb\n```", "    python", ""],
  },
];

describe.each(CASES)("$id", ({ id, kwargs, pass, fail, corrected }) => {
  const checker = findChecker(id);
  const parsed = parseKwargs({ type: "rule", id, kwargs }, "case");
  const outcomes = (mode: CheckMode, { pass: right, fail: wrong }: Pick<Case, "pass" | "fail">) => [
    ...right.map((text) => ({ mode, text, expected: true })),
    ...wrong.map((text) => ({ mode, text, expected: false })),
  ];

  test.each([...outcomes("compat", { pass, fail }), ...outcomes("corrected", corrected ?? { pass: [], fail: [] })])(
    "$mode: $text is $expected",
    ({ mode, text, expected }) => {
      expect(checker.check(text, parsed, mode)).toMatchObject({ passed: expected, expected: checker.describe(parsed) });
    },
  );
});

test("every rule of IFEval and every own one has a case", () => {
  expect(CASES.map(({ id }) => id).sort()).toEqual([...ruleIds("ifeval"), ...ruleIds("own")].sort());
});

test("spans point at what was counted", () => {
  const text = "One cat, two Cats.";
  const spans = findChecker("keywords:existence").check(text, { keywords: ["cat"] }, "compat").spans;
  expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual(["cat", "Cat"]);
});

test("a rule of the public checkers says what it corrects, one of ours has one meaning", () => {
  expect(CASES.filter(({ id, corrected }) => id.startsWith("raif:") !== (corrected === undefined)).map(({ id }) => id)).toEqual([]);
});

test("a pattern that blows up is stopped, and what it did not show does not pass", () => {
  const text = `${"a".repeat(40)}!`;
  const stopped = expect.stringContaining("stopped") as string;
  const outcome = (id: string, kwargs: unknown) => findChecker(id).check(text, kwargs, "compat");
  expect(outcome("keywords:existence", { keywords: ["(a+)+$"] })).toMatchObject({ passed: false, got: stopped });
  expect(outcome("keywords:frequency", { keyword: "(a+)+$", frequency: 1, relation: "less than" })).toMatchObject({
    passed: false,
    got: stopped,
  });
  expect(outcome("keywords:forbidden_words", { forbidden_words: ["(a+)+$"] })).toMatchObject({ passed: false, got: stopped });
  expect(outcome("raif:regex", { pattern: "(a+)+$", at_most: 0 })).toMatchObject({ passed: false, got: stopped });
  const schema = { type: "string", pattern: "(a+)+$" };
  expect(findChecker("raif:json_schema").check(JSON.stringify(text), { schema }, "compat").passed).toBe(false);
});

test("arguments that cannot be meant are refused", () => {
  const refused = (id: string, kwargs: Record<string, unknown>): void => {
    expect(() => parseKwargs({ type: "rule", id, kwargs }, "case"), id).toThrow(
      expect.objectContaining({ code: "invalid-rule-arguments" }),
    );
  };
  refused("raif:regex", { pattern: "(" });
  refused("raif:regex", { pattern: "a", at_least: 3, at_most: 2 });
  refused("raif:word_range", { min: 3, max: 2 });
  refused("raif:json_schema", { schema: { type: "nothing" } });
  refused("raif:json_schema", { schema: { $ref: "https://example.org/other.json" } });
  refused("raif:table_shape", { columns: 3, rows: 1, headers: ["a"] });
  refused("language:response_language", { language: "xx" });
});

test("RAIF's data states thresholds in Chinese too", () => {
  const node = (relation: string) => ({ type: "rule", id: "length_constraints:number_words", kwargs: { num_words: 3, relation } }) as const;
  expect(parseKwargs(node("至少"), "case")).toEqual({ num_words: 3, relation: "at least" });
  expect(parseKwargs(node("少于"), "case")).toEqual({ num_words: 3, relation: "less than" });
});
