// Demonstrations that do not do what they demonstrate: cloning them teaches to fail.

import type { QualityFinding } from "../../../shared/domain/quality.ts";
import { isPlaceholder } from "../rewards/format.ts";
import { scoreWithoutJudge } from "../rewards/score-without-judge.ts";
import { findingRow, type QualityRow } from "./quality-row.ts";

const SHOWN = 2;

/** "failing-demonstration": its answer fails checks of its own record (error), or its reasoning says nothing (warning). */
export function findFailingDemonstration(row: QualityRow): QualityFinding | undefined {
  const { record } = row;
  if (record.expert === undefined) return undefined;
  const { passed, checks, verdicts } = scoreWithoutJudge(record.expert.answer, record);
  const fixes = [{ type: "drop-demonstration" as const, rowKeys: [row.key] }];
  if (passed < checks) {
    const failed = verdicts.filter(({ state }) => state === "fail" || state === "blocked");
    const shown = failed.slice(0, SHOWN).map(({ expected, got }) => `${expected}: ${got}`);
    const more = failed.length > SHOWN ? `; and ${failed.length - SHOWN} more` : "";
    return {
      type: "failing-demonstration",
      severity: "error",
      rows: [findingRow(row)],
      explanation: `the demonstration passes ${passed} of ${checks} checks; ${shown.join("; ")}${more}`,
      fixes,
    };
  }
  if (!isPlaceholder(record.expert.think)) return undefined;
  return {
    type: "failing-demonstration",
    severity: "warning",
    rows: [findingRow(row)],
    explanation: "the demonstration has no reasoning",
    fixes,
  };
}
