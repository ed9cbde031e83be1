import { expect, test } from "vitest";
import { comparisonTable, type ExperimentResult } from "./comparison-table.ts";

function result(variant: string, method: ExperimentResult["method"], passed: readonly number[]): ExperimentResult {
  const about = { key: "", date: "", seed: 7, set: "heldout", settings: {}, modelHash: "", formatRate: 1, truncatedShare: 0 };
  const compositions = ["single", "and", "and", "and"];
  return { ...about, variant, method, passed, checks: [1, 2, 2, 3], compositions, meanTokens: 40.4, trainSeconds: 12 };
}

test("accuracies, kinds and paired differences, one row a model and method", () => {
  const table = comparisonTable([
    result("base", "cot", [1, 0, 1, 1]),
    result("base", "no-think", [1, 2, 2, 0]),
    result("raif", "cot", [1, 2, 1, 3]),
  ]);
  const rows = table.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  expect(rows).toHaveLength(5);
  const [, model, seed, method, request, check, single, and, tokens, toCot, toNoThink, seconds] = rows[4] ?? [];
  expect([model, seed, method, single, and, tokens, seconds]).toEqual(["raif", "7", "cot", "100.0", "66.7", "40", "12"]);
  expect(request).toMatch(/^75\.0 \[/);
  expect(check).toMatch(/^87\.5 \[/);
  expect(toCot).toMatch(/^\+50\.0 \[\+0\.0, \+100\.0\]$/);
  expect(toNoThink).toMatch(/^\+0\.0 \[-/);
  expect(rows[2]?.[9]).toBe("");
});
