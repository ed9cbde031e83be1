// The whole pass: every kind of finding from one planted row, in order, with progress; fixes mend what they say.

import { expect, test } from "vitest";
import type { InstructionRecord } from "../../../shared/domain/instruction.ts";
import { FINDING_TYPES, type FindingType, type QualityFinding } from "../../../shared/domain/quality.ts";
import { applyFixes } from "./apply-fixes.ts";
import { checkRows, countFindings, type CheckOptions } from "./check-rows.ts";
import { mainScript } from "./languages.ts";
import { qualityRow } from "./quality-row.ts";
import { plainRecord } from "./testing/planted-rows.ts";

const LONG =
  "Write a letter to the harbour master about the three silver ships that came in before the storm last night and what they carried";
const RECORDS: readonly InstructionRecord[] = [
  plainRecord("original", LONG),
  plainRecord("copy", `${LONG}!`),
  plainRecord("near", LONG.replace("carried", "brought")),
  { ...plainRecord("relabelled", LONG), label: { type: "math", answer: "4" } },
  { ...plainRecord("held", "Tell me how the lighthouse keeper spends a quiet winter evening with his dog"), tags: { split: "test" } },
  plainRecord("leaked", "Tell me how the lighthouse keeper spends a quiet winter evening with his dog, please"),
  plainRecord("benchmark", "Explain to a child why the moon looks larger when it stands near the horizon"),
  plainRecord("impossible", "Give me words.", [
    { type: "rule", id: "raif:exact_words", kwargs: { count: 3 } },
    { type: "rule", id: "raif:exact_words", kwargs: { count: 4 } },
  ]),
  { ...plainRecord("failing", "List rivers without commas."), expert: { think: "Rivers, no commas.", answer: "Elbe, Rhine" } },
  { ...plainRecord("thoughtless", "List lakes without commas."), expert: { think: "[reasoning here]", answer: "Garda" } },
  { ...plainRecord("foreign", "List mountains without commas."), expert: { think: "Mountains.", answer: "珠穆朗玛峰和泰山" } },
  plainRecord("overlong", `${"Sing. ".repeat(60)}Now.`),
];
const KEYED = RECORDS.map((record) => ({ key: record.id, record }));
const REFERENCE = plainRecord("item", "Explain to a child why the moon looks larger when it stands near the horizon.");

function check(options: CheckOptions = {}): { readonly findings: QualityFinding[]; readonly fractions: number[] } {
  const steps = checkRows(
    RECORDS.map((record, index) => qualityRow(record, index)),
    {
      references: [{ name: "bench", rows: [qualityRow(REFERENCE, 0)] }],
      prompts: { countTokens: ({ messages }) => (messages[0]?.content ?? "").split(" ").length, limitTokens: 50 },
      ...options,
    },
  );
  const fractions: number[] = [];
  for (;;) {
    const step = steps.next();
    if (step.done === true) return { findings: step.value, fractions };
    fractions.push(step.value.fraction);
  }
}

test("each planted fault is found once, and nothing else", () => {
  const { findings, fractions } = check();
  expect(findings.map(({ type, severity, rows }) => [type, severity, ...rows.map(({ recordId }) => recordId)])).toEqual([
    ["exact-duplicate", "warning", "original", "copy"],
    ["near-duplicate", "warning", "original", "near"],
    ["conflicting-labels", "error", "original", "relabelled"],
    ["split-leakage", "error", "leaked", "held"],
    ["benchmark-leakage", "error", "benchmark", "item"],
    ["impossible-constraints", "error", "impossible"],
    ["language-mismatch", "warning", "foreign"],
    ["overlong-prompt", "warning", "overlong"],
    ["failing-demonstration", "error", "failing"],
    ["failing-demonstration", "warning", "thoughtless"],
  ]);
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  expect(countFindings(RECORDS.length, findings)).toMatchObject({ records: 12, findings: 10, errors: 5, warnings: 5, notes: 0 });
});

test("only what is asked for is looked for", () => {
  expect(check({ types: ["overlong-prompt"] }).findings.map(({ type }) => type)).toEqual(["overlong-prompt"]);
  for (const type of FINDING_TYPES) expect(check({ types: [type] }).findings.every((finding) => finding.type === type)).toBe(true);
});

test("mended as advised, only what a person must decide is left", () => {
  const fixed = applyFixes(
    KEYED,
    check().findings.flatMap(({ fixes }) => fixes.slice(0, 1)),
  );
  expect(fixed).toMatchObject({ removed: 6, changed: 3 });
  expect(fixed.records.map(({ id }) => id)).toEqual(["original", "relabelled", "held", "failing", "thoughtless", "foreign"]);
  expect(fixed.records.every(({ expert }) => expert === undefined)).toBe(true);
  expect(RECORDS.filter(({ expert }) => expert !== undefined)).toHaveLength(3);
});

test("moving to a split changes the tag alone; unknown ids do nothing", () => {
  const [first] = RECORDS;
  const fixed = applyFixes(KEYED, [
    { type: "move-split", rowKeys: ["original", "nobody"], split: "test" },
    { type: "remove", rowKeys: ["nobody"] },
  ]);
  expect(fixed).toMatchObject({ removed: 0, changed: 1 });
  expect(fixed.records[0]).toEqual({ ...first, tags: { split: "test" } });
  expect(fixed.records.slice(1)).toEqual(RECORDS.slice(1));
});

test("the script that a text is written in", () => {
  const texts = ["Hello there", "你好，世界 ok", "これは漢字です", "Привет, мир", "안녕하세요", "12 + 3 = 15", "我用 JavaScript 写代码。"];
  expect(texts.map(mainScript)).toEqual(["Latin", "Han", "Kana", "Cyrillic", "Hangul", null, "Han"]);
});

test("every check pauses in its middle, so that it can be cancelled", () => {
  const rows = Array.from({ length: 3000 }, (_, index) =>
    qualityRow(plainRecord(`row-${index}`, `Write ${index} words about ${index % 7} rivers.`), index, index % 3 === 0 ? "test" : "train"),
  );
  const references = [{ name: "bench", rows }];
  const pauses = (type: FindingType): number => [...checkRows(rows, { types: [type], references })].length - rows.length;
  // The rows of one check after the other are gone through as well, with a pause each.
  expect(pauses("exact-duplicate")).toBeGreaterThan(30);
  expect(pauses("split-leakage")).toBeGreaterThan(5);
  expect(pauses("benchmark-leakage")).toBeGreaterThan(5);
});
