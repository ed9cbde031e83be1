// Every checker of IFEval and of our own on texts that pass, fail and sit on the edge. The public semantics are
// covered by the conformance tests, arbitrary texts by robustness.test.ts.

import { describe, expect, test } from "vitest";
import { findChecker, parseKwargs, ruleIds } from "./catalogue.ts";

interface Case {
  readonly id: string;
  readonly kwargs: Record<string, unknown>;
  readonly pass: readonly string[];
  readonly fail: readonly string[];
}

const CASES: readonly Case[] = [
  { id: "keywords:existence", kwargs: { keywords: ["cat", "Dog"] }, pass: ["a dog and a CAT"], fail: ["a cat", ""] },
  { id: "keywords:frequency", kwargs: { keyword: "cat", frequency: 2, relation: "at least" }, pass: ["cat Cats"], fail: ["cat", ""] },
  { id: "keywords:forbidden_words", kwargs: { forbidden_words: ["cat"] }, pass: ["cats", "concat", ""], fail: ["a Cat.", "cat"] },
  {
    id: "keywords:letter_frequency",
    kwargs: { letter: "a", let_frequency: 2, let_relation: "less than" },
    pass: ["a b", "", "ä å"],
    fail: ["aA", "banana"],
  },
  {
    id: "length_constraints:number_sentences",
    kwargs: { num_sentences: 2, relation: "at least" },
    pass: ["One. Two.", "Is it? Yes"],
    fail: ["Mr. Smith came.", "no end\nno end", "3.5 is a number."],
  },
  {
    id: "length_constraints:number_paragraphs",
    kwargs: { num_paragraphs: 2 },
    pass: ["a\n***\nb", "***a***b***"],
    fail: ["a\n\nb", "a*** ***b"],
  },
  {
    id: "length_constraints:number_words",
    kwargs: { num_words: 3, relation: "at least" },
    pass: ["don't go", "été là oui"],
    fail: ["well-known", ""],
  },
  { id: "detectable_content:number_placeholders", kwargs: { num_placeholders: 2 }, pass: ["[a] [b]"], fail: ["[a]", "[a\n] [b]"] },
  {
    id: "detectable_content:postscript",
    kwargs: { postscript_marker: "P.S." },
    pass: ["hi\nP. S. bye", "p.s. x"],
    fail: ["PS bye", "P.S"],
  },
  {
    id: "detectable_format:number_bullet_lists",
    kwargs: { num_bullets: 2 },
    pass: ["* a\n* b", "- a\n  - b"],
    fail: ["* a", "** a\n* b", "- a\n- b\n- c"],
  },
  {
    id: "detectable_format:constrained_response",
    kwargs: {},
    pass: ["Well. My answer is no."],
    fail: ["my answer is no.", "My answer is no"],
  },
  {
    id: "detectable_format:number_highlighted_sections",
    kwargs: { num_highlights: 1 },
    pass: ["a *b* c", "**b**"],
    fail: ["* *", "*b", ""],
  },
  {
    id: "detectable_format:json_format",
    kwargs: {},
    pass: ['```json\n{"a": [1, NaN]}\n```', "12", '"NaN"'],
    fail: ["{a: 1}", "", "1NaN", "{'a': 1}"],
  },
  { id: "detectable_format:title", kwargs: {}, pass: ["<<a>>\ntext"], fail: ["<<>>", "<< >>", "<a>", "<<a\nb>>"] },
  {
    id: "combination:two_responses",
    kwargs: {},
    pass: ["a******b", "******a******b"],
    fail: ["a******a ", "a", "a******b******c", "a******\n******b"],
  },
  { id: "combination:repeat_prompt", kwargs: { prompt_to_repeat: "Say it. " }, pass: [" say it. Yes"], fail: ["I say it.", ""] },
  {
    id: "startend:end_checker",
    kwargs: { end_phrase: "the end." },
    pass: ["This is The End.", 'so "the end."'],
    fail: ["the end", "the end. no"],
  },
  { id: "startend:quotation", kwargs: {}, pass: [' "a" ', '""'], fail: ['"', '"a', "a", "“a”"] },
  {
    id: "change_case:capital_word_frequency",
    kwargs: { capital_frequency: 2, capital_relation: "at least" },
    pass: ["I AM here", "NASA, ESA"],
    fail: ["One TWO", "ABC-def GO"],
  },
  { id: "punctuation:no_comma", kwargs: {}, pass: ["a b", "a，b", ""], fail: ["a, b"] },
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
];

describe.each(CASES)("$id", ({ id, kwargs, pass, fail }) => {
  const checker = findChecker(id);
  const parsed = parseKwargs({ type: "rule", id, kwargs }, "case");

  test.each([...pass.map((text) => ({ text, expected: true })), ...fail.map((text) => ({ text, expected: false }))])(
    "$text is $expected",
    ({ text, expected }) => {
      expect(checker.check(text, parsed, "compat")).toMatchObject({ passed: expected, expected: checker.describe(parsed) });
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
