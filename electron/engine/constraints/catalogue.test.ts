import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { CompositionNode, RuleNode } from "../../../shared/domain/instruction.ts";
import { findChecker, ruleIds, validateTree } from "./catalogue.ts";
import { checkRule } from "./composition.ts";
import { compilePythonPattern } from "./python-pattern.ts";

function rule(id: string, kwargs: Record<string, unknown> = {}): RuleNode {
  return { type: "rule", id, kwargs };
}

describe("a dataset's rules are refused at load", () => {
  test("unknown id, with the nearest known ones", () => {
    expect(() => findChecker("raif:frist_word")).toThrow(
      expect.objectContaining({ code: "unknown-rule", message: expect.stringContaining("raif:first_word") as string }),
    );
    expect(() => findChecker("no_coma")).toThrow(/punctuation:no_comma/);
  });

  test.each([
    ["missing", rule("raif:exact_words")],
    ["ill-typed", rule("raif:exact_words", { count: "3" })],
    ["fractional", rule("raif:exact_words", { count: 2.5 })],
    ["negative", rule("raif:exact_words", { count: -1 })],
    ["unknown", rule("punctuation:no_comma", { extra: 1 })],
    ["null", rule("punctuation:no_comma", { extra: null })],
    ["bad relation", rule("length_constraints:number_words", { num_words: 3, relation: "at most" })],
    ["bad pattern", rule("keywords:existence", { keywords: ["C++("] })],
    ["more words than listed", rule("raif:words_from", { words: ["a", "A"], at_least: 2 })],
  ])("%s argument", (_, node) => {
    expect(() => validateTree(node, "train.jsonl line 3")).toThrow(
      expect.objectContaining({ code: "invalid-rule-arguments", message: expect.stringContaining("train.jsonl line 3") as string }),
    );
  });

  test("what is a pattern in one reading is plain text in the other", () => {
    const node = rule("keywords:existence", { keywords: ["C++("] });
    expect(() => validateTree(node, "line 3")).toThrow(/valid regular expression/);
    expect(() => validateTree(node, "line 3", "corrected")).not.toThrow();
    expect(checkRule(node, "in C++(11) and later", "corrected").passed).toBe(true);
  });

  test("the message names the path inside the tree, conditions included", () => {
    const bad = rule("raif:exact_words");
    const tree: CompositionNode = {
      type: "and",
      children: [rule("raif:lowercase"), { type: "selection", branches: [{ when: bad, then: rule("raif:lowercase") }] }],
    };
    expect(() => validateTree(tree, "line 3")).toThrow(/line 3, and\.1\.selection\.when\.0/);
  });
});

test("patterns mean what Python's re means", () => {
  const count = (source: string, text: string, multiline = false): number =>
    [...text.matchAll(compilePythonPattern(source, { ignoreCase: true, multiline }))].length;
  expect(count("\\w+", "naïve Straße 北京 a_b")).toBe(4);
  expect(count("\\bé\\b", "é été")).toBe(1);
  expect(count("a.b", "a\rb a\nb a\u2028b")).toBe(2);
  expect(count("^x$", "x\nx\rx\u2028x", true)).toBe(1);
  expect(count("x$", "x\n")).toBe(1);
  expect(count("\\s", "\u0085\u001c\ufeff")).toBe(2);
  expect(count("[]x]{2}", "]x")).toBe(1);
  expect(count("{a}", "{A}")).toBe(1);
  expect(count("xa{,2}y", "xy xaay xaaay")).toBe(2);
  expect(count("(?P<letter>a)\\1", "aa")).toBe(1);
  expect(count("C++", "CC c")).toBe(2);
  expect(count("a{1}+b|\\++", "ab ++")).toBe(2);
  expect(count("i", "i I \u0130 \u0131")).toBe(4);
  expect(count("[a-z]", "\u0130\u0131k\u212a")).toBe(4);
  expect(count("[^i]", "\u0130a")).toBe(1);
});

test("the document on verifiers names every rule of IFEval and says what its corrected reading differs in", () => {
  const document = readFileSync(new URL("../../../docs/verifiers.md", import.meta.url), "utf8");
  for (const id of ruleIds("ifeval")) {
    const cells = document
      .split("\n")
      .find((line) => line.startsWith(`| \`${id}\``))
      ?.split("|");
    expect(cells?.at(-2)?.trim(), id).toMatch(/\w/);
  }
});
