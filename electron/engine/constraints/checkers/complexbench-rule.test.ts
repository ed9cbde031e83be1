// Every form of ComplexBench's rules as a check of an answer, and the modes where they differ. Agreement with the benchmark's code is
// measured in ../complexbench/conformance.test.ts.

import { expect, test } from "vitest";
import type { CheckMode } from "../../../../shared/domain/instruction.ts";
import { findChecker, parseKwargs } from "../catalogue.ts";

function check(kwargs: Record<string, unknown>, text: string, mode: CheckMode = "compat") {
  const id = "complexbench:rule";
  return findChecker(id).check(text, parseKwargs({ type: "rule", id, kwargs }, "case"), mode);
}

test.each<[string, string, string, string, string]>([
  ["keyword:[cat,dog]", "whole", "a dog, a cat", "a dog", 'contains "cat", "dog"'],
  ["forbidden_word:[cat]", "whole", "a dog", "cats", 'does not contain "cat"'],
  ["keyword:[cat]\nforbidden_word:[dog]", "whole", "cat", "cat dog", 'contains "cat" and does not contain "dog"'],
  ["match:yes", "whole", "yes。", "yes!", 'is "yes"'],
  ["startswith:Dear", "whole", "“Dear all”", "Hi", 'starts with "Dear"'],
  ["endswith:bye", "whole", "so bye?", "bye now", 'ends with "bye"'],
  ["not endswith:bye", "whole", "bye now", "bye", 'does not end with "bye"'],
  ["startswith:a\nendswith:c", "whole", "abc", "ab", 'starts with "a" and ends with "c"'],
  ["length:[2,4]", "whole", "中文字", "a", "2 to 4 characters"],
  ["length_word:[2,3]", "whole", "two words", "one", "2 to 3 words"],
  ["constraint_punc:[，]", "whole", "a, b", "a. b", 'no punctuation but "，"'],
  ["Json:[\"a\", 'b']", "whole", 'x {"a": NaN, "b": 2} y', '{"a": 1}', 'holds a JSON object with exactly the keys "a", "b"'],
  ['Json:["teacher"]', "whole", '{"teacher": 1}', '{"model": 1}', 'holds a JSON object with exactly the keys "teacher"'],
  ["keyword:[a model]", "whole", "a model", "model", 'contains "a model"'],
  ["Json:[]", "whole", '{"a": {"b": 1}}', "[1]", "holds a JSON object"],
  ["model_keyword_each:[a]", "lines", "ab\n\nca", "ab\nc", 'each line: contains "a"'],
  [
    "model_keyword_num_each:[1,1,a,b]\nmodel_forbidden_word_each:[c]",
    "lines",
    "a\nb",
    "a\nbc",
    'each line: contains 1 to 1 of "a", "b" and does not contain "c"',
  ],
  ["model_keyword_num:[2,2,a,b]", "whole", "ab", "a", 'contains 2 to 2 of "a", "b"'],
  ["model_number_each:[2,3]", "paragraphs", "a\nb\n\nc", "a\nb", "2 to 3 paragraphs"],
  ["model_length_word_each:[1,2]", "lines", "a b\nc", "a b c\nd", "each line: 1 to 2 words"],
  ["model_starts_with_list_each:[a,b]", "lines", "ax\nbx", "bx\nax", 'line by line: starts with "a", "b"'],
  ["model_startswith:a", "lines", "ab\nc", "c\na", 'the first line: starts with "a"'],
  ["model_not_startswith:a", "whole", "b", "ab", 'does not start with "a"'],
  ["model_not_endswith_each:a", "lines", "ab\nac", "ba\nc", 'each line: does not end with "a"'],
])("%j over %s", (rule, parts, good, bad, expected) => {
  expect(check({ rule, parts }, good)).toMatchObject({ passed: true, expected });
  expect(check({ rule, parts }, bad)).toMatchObject({ passed: false, expected });
});

test("the corrected reading looks at the last part, maps marks on both sides and takes None for a word", () => {
  const both = (rule: string, parts: string, text: string): boolean[] =>
    (["compat", "corrected"] as const).map((mode) => check({ rule, parts }, text, mode).passed);
  expect(both("model_endswith_each:a", "lines", "xa\nxb")).toEqual([true, false]);
  expect(both("model_keyword:[a,b]", "whole", "a b")).toEqual([true, true]);
  expect(both("model_keyword:[hi!]", "whole", "hi!")).toEqual([false, true]);
  expect(both("keyword:[cat]", "whole", "None but a cat")).toEqual([false, true]);
});

test("spans point at the words found, or at the parts that fail", () => {
  const at = (text: string, spans: readonly { start: number; end: number }[]): string[] =>
    spans.map(({ start, end }) => text.slice(start, end));
  const text = "one cat\n two dogs ";
  expect(at(text, check({ rule: "model_keyword_each:[cat]", parts: "lines" }, text).spans)).toEqual(["cat"]);
  const long = check({ rule: "model_length_each:[1,7]", parts: "lines" }, text);
  expect(long).toMatchObject({ passed: false, got: "part 2 of 2: 8 characters" });
  expect(at(text, long.spans)).toEqual(["two dogs"]);
});

test.each(["model_length:[a,b]", "model_length", "Json:[name]", "Json:__import__('os')", "other:[1]", "model_keyword_num:[a,b,c]"])(
  "%j is refused",
  (rule) => {
    expect(() => check({ rule }, "x")).toThrow(expect.objectContaining({ code: "invalid-rule-arguments" }));
  },
);
