// Impossible instructions: planted contradictions are found; sets with a known answer are never called impossible, and what the search
// calls an answer is one.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { InstructionRecord, RuleNode } from "../../../shared/domain/instruction.ts";
import { checkRule } from "../constraints/composition.ts";
import { activeRules } from "./active-rules.ts";
import { searchAnswer } from "./answer-search.ts";
import { findContradiction } from "./contradictions.ts";
import { impossibleCheck } from "./impossible.ts";
import { qualityRow } from "./quality-row.ts";
import { measure, plainRecord } from "./testing/planted-rows.ts";

const rule = (id: string, kwargs: Record<string, unknown> = {}): RuleNode => ({ type: "rule", id, kwargs });
const words = (num_words: number, relation: string): RuleNode => rule("length_constraints:number_words", { num_words, relation });

/** Sets that nobody can meet, whatever the answer. */
const IMPOSSIBLE: readonly (readonly RuleNode[])[] = [
  [words(50, "at least"), words(30, "less than")],
  [words(0, "less than")],
  [rule("raif:exact_words", { count: 4 }), words(10, "at least")],
  [rule("raif:exact_words", { count: 2 }), rule("raif:words_from", { words: ["red", "blue", "green"], at_least: 3 })],
  [rule("detectable_format:number_bullet_lists", { num_bullets: 3 }), rule("detectable_format:number_bullet_lists", { num_bullets: 4 })],
  [
    rule("length_constraints:number_paragraphs", { num_paragraphs: 2 }),
    rule("length_constraints:number_paragraphs", { num_paragraphs: 3 }),
  ],
  [rule("raif:uppercase"), rule("raif:lowercase")],
  [rule("keywords:existence", { keywords: ["tea"] }), rule("keywords:frequency", { keyword: "tea", frequency: 1, relation: "less than" })],
  [
    rule("keywords:letter_frequency", { letter: "e", let_frequency: 5, let_relation: "at least" }),
    rule("keywords:letter_frequency", { letter: "E", let_frequency: 5, let_relation: "less than" }),
  ],
  [rule("startend:end_checker", { end_phrase: "yes, of course" }), rule("punctuation:no_comma")],
  [rule("keywords:existence", { keywords: ["1,000"] }), rule("punctuation:no_comma")],
  [rule("startend:end_checker", { end_phrase: "that is all for now" }), rule("keywords:forbidden_words", { forbidden_words: ["all"] })],
  [rule("raif:equals", { text: "red blue" }), words(5, "at least")],
  [rule("raif:equals", { text: "red blue" }), rule("raif:uppercase")],
  [rule("raif:first_word", { word: "dog" }), rule("raif:only_words_from", { words: ["cat", "cow"] })],
  [rule("raif:first_word", { word: "zebra" }), rule("raif:sorted_words"), rule("raif:last_word", { word: "ape" })],
];

/** Sets that only look odd. */
const POSSIBLE: readonly (readonly RuleNode[])[] = [
  [rule("detectable_format:json_format"), rule("detectable_format:title")],
  [rule("startend:quotation"), rule("detectable_format:number_bullet_lists", { num_bullets: 3 })],
  [rule("keywords:existence", { keywords: ["cat"] }), rule("keywords:forbidden_words", { forbidden_words: ["dog"] })],
  [words(200, "at least"), rule("length_constraints:number_sentences", { num_sentences: 3, relation: "less than" })],
  [rule("raif:exact_words", { count: 7 }), rule("raif:uppercase"), rule("raif:unique_words"), rule("raif:ends_with_mark", { mark: "!" })],
  [rule("combination:two_responses"), rule("startend:end_checker", { end_phrase: "goodbye" })],
];

test("planted impossible sets are found, odd ones are not", () => {
  const check = impossibleCheck();
  const rows = [...IMPOSSIBLE, ...POSSIBLE].map((rules, index) =>
    qualityRow(plainRecord(`set-${index}`, "Write something.", rules), index),
  );
  const found = new Set(rows.filter((row) => check(row) !== undefined).map(({ record }) => record.id));
  const planted = new Set(IMPOSSIBLE.map((_, index) => `set-${index}`));
  expect(measure("impossible sets", found, planted)).toEqual({ precision: 1, recall: 1 });
});

test("for every instruction of the shipped data an answer is found that the checkers accept, and none is called impossible", () => {
  const file = new URL("../../../resources/starter/heldout.jsonl", import.meta.url);
  const records = readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as InstructionRecord)
    .filter(({ label }) => label.type === "tree");
  let found = 0;
  for (const record of records) {
    const rules = activeRules(record);
    expect(findContradiction(rules), record.id).toBeUndefined();
    const result = searchAnswer(rules, undefined);
    if (result.type !== "found") continue;
    found += 1;
    for (const each of rules) expect(checkRule(each, result.answer).passed, record.id).toBe(true);
  }
  process.stdout.write(`answers found for ${found} of ${records.length} satisfiable instructions\n`);
  expect(found / records.length).toBeGreaterThan(0.99);
});
