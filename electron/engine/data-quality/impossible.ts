// Instructions that nobody can follow: proven contradictions, pairs that the catalogue says are not to be asked for together, and sets
// for which no answer was found.

import type { RuleNode } from "../../../shared/domain/instruction.ts";
import type { QualityFinding } from "../../../shared/domain/quality.ts";
import { conflictingPairs } from "../constraints/conflicts.ts";
import { scoreWithoutJudge } from "../rewards/score-without-judge.ts";
import { activeRules } from "./active-rules.ts";
import { searchAnswer, type SearchResult } from "./answer-search.ts";
import { provenContradiction } from "./count-intervals.ts";
import { findingRow, type QualityRow } from "./quality-row.ts";

/** Makes the check of one row; searches are remembered, since data sets ask for the same rules again and again. */
export function impossibleCheck(): (row: QualityRow) => QualityFinding | undefined {
  const searched = new Map<string, SearchResult>();
  return (row) => {
    const { record } = row;
    if (record.label.type !== "tree") return undefined;
    const rules = activeRules(record);
    const proven = provenContradiction(rules);
    if (proven !== undefined) return finding(row, "impossible-constraints", "error", proven);
    // A demonstration that passes is the answer that was to be found.
    if (record.expert !== undefined && passesAll(row)) return undefined;
    const key = JSON.stringify([record.label.mode, rules]);
    let result = searched.get(key);
    if (result === undefined) searched.set(key, (result = searchAnswer(rules, record.label.mode)));
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
