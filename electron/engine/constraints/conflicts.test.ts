import { expect, test } from "vitest";
import type { RuleNode } from "../../../shared/domain/instruction.ts";
import { allCheckers, ruleIds } from "./catalogue.ts";
import { areConflicting, conflictingPairs } from "./conflicts.ts";

function rule(id: string, kwargs: Record<string, unknown> = {}): RuleNode {
  return { type: "rule", id, kwargs };
}

test("every conflict names a known rule other than its own", () => {
  const known = new Set(ruleIds());
  for (const { id, conflicts } of allCheckers()) {
    expect(
      conflicts.filter((other) => !known.has(other) || other === id),
      id,
    ).toEqual([]);
  }
});

test("a conflict named on one side counts for both, and arguments decide where they have to", () => {
  expect(areConflicting(rule("raif:lowercase"), rule("raif:uppercase"))).toBe(true);
  const json = rule("detectable_format:json_format");
  expect([areConflicting(json, rule("detectable_format:title")), areConflicting(rule("detectable_format:title"), json)]).toEqual([
    true,
    true,
  ]);
  const [three, four] = [rule("raif:exact_words", { count: 3 }), rule("raif:exact_words", { count: 4 })];
  expect([areConflicting(three, three), areConflicting(three, four)]).toEqual([false, true]);
  expect(conflictingPairs([three, json, four, rule("detectable_format:title")])).toEqual([
    [0, 2],
    [1, 3],
  ]);
});
