import { expect, test } from "vitest";
import { findMatchesInTime } from "./guarded-pattern.ts";

/** What the tests give a search, in milliseconds. */
const LIMIT_MS = 30;

function find(text: string, written: string, flags = "gu"): string[] | undefined {
  return findMatchesInTime(text, new RegExp(written, flags), written, LIMIT_MS)?.map(({ start, end }) => text.slice(start, end));
}

test.each([
  ["(a+)+$", `${"a".repeat(60)}!`],
  ["(x+x+)+y", "x".repeat(5000)],
  ["^(([a-z])+.)+[A-Z]([a-z])+$", "a".repeat(60)],
  ["(?:a|a)*$", `${"a".repeat(60)}!`],
  ["(.*)*,(.*)*;", ",".repeat(100)],
  ["^(\\w+\\s?)*$", "several words of one sentence and then a mark that no word of it can hold !"],
  ["(a{1,30}){1,30}$", `${"a".repeat(60)}!`],
])("%s is stopped", (written, text) => {
  expect(find(text, written)).toBeUndefined();
});

test.each([
  ["a+", "aa b aaa", ["aa", "aaa"]],
  ["cat", "cat Cat", ["cat"]],
  ["\\p{L}+", "né 北京", ["né", "北京"]],
  ["x*", "axb", ["", "x", "", ""]],
  ["[*+{]", "a*b{", ["*", "{"]],
  ["\\*", "**", ["*", "*"]],
  ["a{2}", "aaaa", ["aa", "aa"]],
])("%s finds what it finds without a guard", (written, text, expected) => {
  expect(find(text, written)).toEqual(expected);
});

test("the next search after a stopped one is itself again", () => {
  expect(find(`${"a".repeat(60)}!`, "(a+)+$")).toBeUndefined();
  expect(find("ab", "b+")).toEqual(["b"]);
});
