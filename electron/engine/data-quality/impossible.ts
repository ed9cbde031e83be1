// Instructions that nobody can follow: contradictions that are certain, those that only a trick on the checkers gets around, pairs that
// the catalogue says are not to be asked for together, and sets for which no answer was found.

import type { CheckMode, RuleNode } from "../../../shared/domain/instruction.ts";
import type { QualityFinding } from "../../../shared/domain/quality.ts";
import { conflictingPairs } from "../constraints/conflicts.ts";
import { scoreWithoutJudge } from "../rewards/score-without-judge.ts";
import { activeRules } from "./active-rules.ts";
import { searchAnswer } from "./answer-search.ts";
import { findContradiction } from "./contradictions.ts";
import { findingRow, type QualityRow } from "./quality-row.ts";

/** Makes the check of one row, which remembers what it has found out. */
export function impossibleCheck(): (row: QualityRow) => QualityFinding | undefined {
  const contradictionOf = remembered(findContradiction);
  const answerOf = remembered(searchAnswer);
  return (row) => {
    const { record } = row;
    if (record.label.type !== "tree") return undefined;
    const rules = activeRules(record);
    const { mode } = record.label;
    const contradiction = contradictionOf(rules, mode);
    if (contradiction?.certainty === "certain") return finding(row, "impossible-constraints", "error", contradiction.explanation);
    // A demonstration that passes is the answer that was to be found.
    if (record.expert !== undefined && passesAll(row)) return undefined;
    if (contradiction !== undefined) {
      return finding(row, "conflicting-constraints", "warning", `no answer that makes sense meets both: ${contradiction.explanation}`);
    }
    const result = answerOf(rules, mode);
    if (result.type === "found") return undefined;
    const [pair] = conflictingPairs(rules);
    if (pair !== undefined) {
      const names = pair.map((index) => rules[index]?.id).join(" and ");
      return finding(row, "conflicting-constraints", "error", `${names} are not to be asked for together, and no answer was found`);
    }
    if (result.type === "unknown") return undefined;
    return finding(
      row,
      "impossible-constraints",
      "warning",
      `no answer was found that meets ${list(rules)}; hardest: ${list(result.unmet)}`,
    );
  };
}

/** Data sets ask for the same rules again and again. */
function remembered<Result>(
  of: (rules: readonly RuleNode[], mode: CheckMode | undefined) => Result,
): (rules: readonly RuleNode[], mode: CheckMode | undefined) => Result {
  const known = new Map<string, { readonly result: Result }>();
  return (rules, mode) => {
    const key = JSON.stringify([mode, rules]);
    const earlier = known.get(key);
    if (earlier !== undefined) return earlier.result;
    const result = of(rules, mode);
    known.set(key, { result });
    return result;
  };
}

function passesAll({ record }: QualityRow): boolean {
  const { passed, checks } = scoreWithoutJudge(record.expert?.answer ?? "", record);
  return passed === checks;
}

function list(rules: readonly RuleNode[]): string {
  return rules.map(({ id }) => id).join(", ");
}

function finding(
  row: QualityRow,
  type: "impossible-constraints" | "conflicting-constraints",
  severity: "error" | "warning",
  explanation: string,
): QualityFinding {
  return { type, severity, rows: [findingRow(row)], explanation, fixes: [{ type: "remove", rowKeys: [row.key] }] };
}
