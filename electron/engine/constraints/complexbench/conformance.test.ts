// Agreement with the benchmark's code on recorded verdicts. The vectors are no part of the project; without them this is skipped, aloud.

import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { extractedParts } from "./extracted-parts.ts";
import { judgeRule } from "./judge-rule.ts";
import { parseRule } from "./parse-rule.ts";

const VECTORS = new URL("../../../../../shared/vectors/complexbench_rule_vectors.jsonl", import.meta.url);
const present = existsSync(VECTORS);
if (!present) console.warn("skipped: ../shared/vectors is absent, agreement with ComplexBench's rules is not tested");

interface RuleVector {
  readonly id: string;
  readonly rule: string;
  readonly response: string | null;
  readonly extractor_output: string | null;
  readonly expected_segments: readonly string[];
  /** 2: the benchmark does not know the rule. */
  readonly expected_judge: boolean | 2;
}

test.skipIf(!present)("parts and verdicts agree with the benchmark", () => {
  const vectors = readFileSync(VECTORS, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as RuleVector);
  const wrong = vectors.filter((vector) => {
    const parts = extractedParts(vector.response ?? undefined, vector.extractor_output ?? undefined);
    const rule = parseRule(vector.rule, "compat");
    const verdict = rule === undefined ? 2 : rule === "malformed" ? rule : judgeRule(rule, parts, "compat").passed;
    return verdict !== vector.expected_judge || JSON.stringify(parts) !== JSON.stringify(vector.expected_segments);
  });
  console.log(`complexbench-rule ${vectors.length - wrong.length}/${vectors.length}`);
  expect(wrong.map(({ id }) => id)).toEqual([]);
});
