// What benchmarks' rows become: every public row has a label that can be trained on, and the rules made of CELLO and FollowBench agree with
// the verdicts that their own scripts gave. Data and vectors are no part of the project; without them this is skipped, aloud.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { DraftRecord } from "../../../../shared/domain/dataset.ts";
import type { CheckMode, CompositionNode, RuleNode } from "../../../../shared/domain/instruction.ts";
import { checkRule } from "../../../engine/constraints/composition.ts";
import { rowConverter } from "./convert-row.ts";
import type { Fields } from "./schema.ts";

const SHARED = join(import.meta.dirname, "..", "..", "..", "..", "..", "shared");
const present = existsSync(SHARED);
if (!present) console.warn("skipped: ../shared is absent, labels of public benchmarks are not tested");

const OPTIONS = { source: "file", idPrefix: "row", split: "" };

interface Made {
  readonly record: DraftRecord;
  readonly state: string;
  readonly problem: string | null;
}

/** The records of one file, in its order. */
function convert(rows: readonly Fields[]): Made[] {
  const converter = rowConverter();
  return rows.flatMap((fields, index) => {
    const result = converter({ type: "row", line: index + 1, fields }, OPTIONS);
    if (result.type === "bad") throw new Error(`${result.field}: ${result.reason}`);
    // A row that belongs to others.
    if (result.type !== "record") return [];
    return [{ record: JSON.parse(result.content.recordJson) as DraftRecord, ...result.columns }];
  });
}

function leaves(record: DraftRecord): CompositionNode[] {
  const tree = (record.label as { readonly tree?: CompositionNode } | undefined)?.tree;
  return tree === undefined ? [] : tree.type === "and" ? [...tree.children] : [tree];
}

function readRows(...path: readonly string[]): Fields[] {
  return JSON.parse(readFileSync(join(SHARED, "data", ...path), "utf8").replaceAll(/: (NaN|-?Infinity)\b/g, ": null")) as Fields[];
}

const readFolder = (...path: readonly string[]): Fields[][] =>
  readdirSync(join(SHARED, "data", ...path))
    .filter((name) => name.endsWith(".json"))
    .map((name) => readRows(...path, name));

const readVectors = <Vector>(name: string): Vector[] =>
  readFileSync(join(SHARED, "vectors", name), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Vector);

function count(rows: readonly Made[], type: "rule" | "question"): number {
  return rows.reduce((sum, { record }) => sum + leaves(record).filter((leaf) => leaf.type === type).length, 0);
}

test.skipIf(!present)("every row can be trained on; rules and questions are as many as the benchmarks have", () => {
  const cello = readFolder("CELLO").flatMap(convert);
  const [english, chinese] = ["data", "data_zh"].map((name) => readFolder("FollowBench", name).flatMap(convert));
  const cfbench = convert(readRows("CFBench", "cfbench_data.json"));
  const feedback = convert(readRows("FB-Bench", "fb_bench_dataset_v3.json"));
  const figures = (rows: readonly Made[]): (number | string)[] => [
    rows.length,
    rows.filter(({ state }) => state === "ready").length,
    count(rows, "rule"),
    count(rows, "question"),
  ];
  console.log(
    JSON.stringify({ cello: figures(cello), english: figures(english!), chinese: figures(chinese!), feedback: figures(feedback) }),
  );
  expect(figures(cello).slice(0, 2)).toEqual([523, 523]);
  expect(count(cello, "question")).toBe(0);
  expect(figures(english!).slice(0, 2)).toEqual([820, 820]);
  expect(figures(chinese!).slice(0, 2)).toEqual([790, 790]);
  // One has a blank prompt.
  expect(figures(cfbench)).toEqual([1000, 999, 0, 4237]);
  expect(figures(feedback).slice(0, 2)).toEqual([591, 591]);
  // The weights of a checklist add up to the whole.
  const corrections = feedback.filter(({ record }) => record.tags["bench_type"] === "Error Correction");
  const sums = corrections.map(({ record }) => leaves(record).reduce((sum, { weight }) => sum + (weight ?? 0), 0));
  expect(sums.every((sum) => Math.abs(sum - 1) < 1e-6)).toBe(true);
  const kept = feedback.filter(({ record }) => record.tags["bench_type"] === "Response Maintenance");
  expect(kept.every(({ record }) => leaves(record).length === 1)).toBe(true);
});

test.skipIf(!present)("a judged FollowBench row has one question a level, each beside the level below", () => {
  const rows = readRows("FollowBench", "data", "style_constraints.json");
  for (const { record } of convert(rows)) expect([record.id, leaves(record).length]).toEqual([record.id, record.tags["level"]]);
  const alone = convert([rows.find(({ level }) => level === 3)!]);
  expect(leaves(alone[0]!.record)).toEqual([{ type: "question", text: "Does the answer do everything that the request asks for?" }]);
});

function passes(rules: readonly CompositionNode[], text: string, mode: CheckMode): boolean {
  return rules.every((rule) => checkRule(rule as RuleNode, text, mode).passed);
}

interface FollowVector {
  readonly id: string;
  readonly rule: string;
  readonly constraint_type: string;
  readonly example_id: number;
  readonly level: number;
  readonly target: string;
  readonly generation: string;
  readonly expected: boolean;
}

test.skipIf(!present)("FollowBench: verdicts of the rules agree with the benchmark's", () => {
  let compared = 0;
  const wrong = readVectors<FollowVector>("followbench_rule_vectors.jsonl").flatMap((vector) => {
    const { rule, constraint_type: category, target, example_id, level, generation, expected } = vector;
    if (target === "" || /^format_/.test(rule)) return [];
    const [made] = convert([{ example_id, category, source: rule, level, instruction: "Do it.", target }]);
    const rules = leaves(made!.record);
    if (rules[0]?.type !== "rule") throw new Error(`no rule for ${rule}`);
    compared++;
    return passes(rules, generation, "compat") === expected ? [] : [vector.id];
  });
  console.log(`followbench:answer ${compared - wrong.length}/${compared}`);
  expect(wrong).toEqual([]);
});

interface CelloVector {
  readonly id: string;
  readonly Instruction_id: string;
  readonly model_answer: string;
  readonly expected: Readonly<Record<"format" | "input" | "task" | "count", number | null>>;
}

const PARTS = {
  format: "Answer_format",
  input: "Input_depdent_query",
  task: "Task_prescribed_phrases",
  count: "Count_limit",
} as const;
const NOTHING = [{ criterion: "NULL", limit: "NULL" }];

test.skipIf(!present)("CELLO: a rule holds exactly where the benchmark gives full marks", () => {
  const rows = new Map(readFolder("CELLO").flatMap((file) => file.map((row) => [row["Instruction_id"], row] as const)));
  let compared = 0;
  const wrong: string[] = [];
  for (const { id, Instruction_id: name, model_answer: answer, expected } of readVectors<CelloVector>("cello_vectors.jsonl")) {
    const row = rows.get(name);
    if (row === undefined) throw new Error(`no row ${name}`);
    for (const [part, field] of Object.entries(PARTS) as [keyof typeof PARTS, string][]) {
      const score = expected[part];
      const alone = { ...row, ...Object.fromEntries(Object.values(PARTS).map((each) => [each, NOTHING])), [field]: row[field] };
      const rules = leaves(convert([alone])[0]!.record);
      if (score === null || rules.length === 0) continue;
      compared++;
      const passed = passes(rules, answer, "compat");
      // Of "input" the likeness to the given text is taken off, so that full marks are none.
      const agrees = part === "input" ? !passed || score > 0 : passed === (score === 1);
      if (!agrees) wrong.push(`${id} ${part}: ${score}`);
    }
  }
  console.log(`cello:criterion ${compared - wrong.length}/${compared}`);
  expect(wrong).toEqual([]);
});
