// Agreement with the public IFBench checkers on recorded verdicts, strict and loose. The vectors are no part of the project; without
// them these tests are skipped, aloud.

import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findChecker, parseKwargs, ruleIds } from "./catalogue.ts";
import { checkStrictAndLoose } from "./strict-and-loose.ts";

const VECTORS = new URL("../../../../shared/vectors/ifbench_vectors.jsonl", import.meta.url);
const present = existsSync(VECTORS);
if (!present) console.warn("skipped: ../shared/vectors is absent, agreement with the public IFBench checkers is not tested");

/** Vectors that disagree for a known reason; docs/verifiers.md has the causes. */
const LEAST_OF_A_TYPE = 0.9;
const LEAST_OVERALL = 0.98;

interface IfbenchVector {
  readonly id: string;
  readonly instruction_id: string;
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly response: string;
  readonly expected_strict: boolean;
  readonly expected_loose: boolean;
}
interface Agreement {
  strict: number;
  loose: number;
  total: number;
  readonly wrong: string[];
}

function measure(): Map<string, Agreement> {
  const agreement = new Map<string, Agreement>();
  for (const line of readFileSync(VECTORS, "utf8").trim().split("\n")) {
    const vector = JSON.parse(line) as IfbenchVector;
    const kwargs = Object.fromEntries(Object.entries(vector.kwargs).filter(([, value]) => value !== null));
    const parsed = parseKwargs({ type: "rule", id: vector.instruction_id, kwargs }, vector.id);
    const ours = checkStrictAndLoose(findChecker(vector.instruction_id), vector.response, parsed, "compat");
    const entry = agreement.get(vector.instruction_id) ?? { strict: 0, loose: 0, total: 0, wrong: [] };
    agreement.set(vector.instruction_id, entry);
    entry.total += 1;
    entry.strict += Number(ours.strict === vector.expected_strict);
    entry.loose += Number(ours.loose === vector.expected_loose);
    if (ours.strict !== vector.expected_strict || ours.loose !== vector.expected_loose) entry.wrong.push(vector.id);
  }
  return agreement;
}

test.skipIf(!present)("strict and loose verdicts agree with the reference", () => {
  const agreement = measure();
  const rows = [...agreement].map(([id, { strict, loose, total, wrong }]) => `${id}: ${strict}, ${loose} of ${total} ${wrong.join(" ")}`);
  console.log(rows.sort().join("\n"));
  expect([...agreement.keys()].sort()).toEqual(ruleIds("ifbench"));
  const sum = (pick: (entry: Agreement) => number): number => [...agreement.values()].reduce((total, entry) => total + pick(entry), 0);
  console.log(`all: ${sum((entry) => entry.strict)}, ${sum((entry) => entry.loose)} of ${sum((entry) => entry.total)}`);
  expect(sum((entry) => entry.strict) / sum((entry) => entry.total)).toBeGreaterThanOrEqual(LEAST_OVERALL);
  expect(sum((entry) => entry.loose) / sum((entry) => entry.total)).toBeGreaterThanOrEqual(LEAST_OVERALL);
  for (const [id, { strict, loose, total, wrong }] of agreement) {
    expect(Math.min(strict, loose) / total, `${id} disagrees on ${wrong.join(", ")}`).toBeGreaterThanOrEqual(LEAST_OF_A_TYPE);
  }
});
