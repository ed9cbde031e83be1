// Mends a dataset by what a check advised: all chosen findings as one version, rows that were changed since the check left alone.

import type { FixedFindings } from "../../../shared/contract/quality.ts";
import type { RowEdit } from "../../../shared/domain/dataset.ts";
import type { QualityFinding } from "../../../shared/domain/quality.ts";
import { presentStatesOf, recordsOfStates, rowsChangedSince } from "../../storage/collection-rows.ts";
import { transaction, type ReadConnection, type WriteConnection } from "../../storage/connection.ts";
import type { CollectionId, QualityCheckId } from "../../storage/ids.ts";
import { getQualityCheck, listFindings, markFindingsFixed, type FindingFilter, type StoredFinding } from "../../storage/quality-checks.ts";
import { editDataset } from "../datasets/dataset-edits.ts";

export interface FixChoice extends FindingFilter {
  /** Positions of findings; all that the filter lets through where absent. */
  readonly positions?: readonly number[] | undefined;
  /** Which of a finding's fixes: 0 is the advised one. A finding that has no such fix is left alone. */
  readonly fix: number;
}

/** Throws "not-found". */
export function fixFindings(db: WriteConnection, id: QualityCheckId, choice: FixChoice): FixedFindings {
  return transaction(db, () => {
    const { collectionId, version } = getQualityCheck(db, id);
    const changedSince = new Set(rowsChangedSince(db, collectionId, version));
    const chosen = choice.positions === undefined ? undefined : new Set(choice.positions);
    const open = listFindings(db, id, choice).filter(
      ({ position, fixedIn, finding }) => fixedIn === null && (chosen?.has(position) ?? true) && finding.fixes[choice.fix] !== undefined,
    );
    const fresh = open.filter(({ finding }) => rowsOf(finding, choice.fix).every((row) => !changedSince.has(row)));
    const edits = editsOf(db, collectionId, fresh, choice.fix);
    const skipped = open.length - fresh.length;
    if (edits.length === 0) return { version: null, changed: 0, fixed: 0, skipped };
    const title = `mend ${fresh.length} finding${fresh.length === 1 ? "" : "s"}`;
    const { version: made, changed } = editDataset(db, collectionId, edits, title);
    const positions = fresh.map(({ position }) => position);
    markFindingsFixed(db, id, positions, made);
    return { version: made, changed, fixed: fresh.length, skipped };
  });
}

function rowsOf(finding: QualityFinding, fix: number): number[] {
  return (finding.fixes[fix]?.rowKeys ?? []).map(Number);
}

/** One edit a row: removing wins over everything. */
function editsOf(db: ReadConnection, id: CollectionId, findings: readonly StoredFinding[], fix: number): RowEdit[] {
  const removed = new Set<number>();
  const bare = new Set<number>();
  const splits = new Map<number, string>();
  for (const { finding } of findings) {
    const chosen = finding.fixes[fix];
    for (const row of rowsOf(finding, fix)) {
      if (chosen?.type === "remove") removed.add(row);
      if (chosen?.type === "drop-demonstration") bare.add(row);
      if (chosen?.type === "move-split") splits.set(row, chosen.split);
    }
  }
  const states = presentStatesOf(db, id, [...new Set([...removed, ...bare, ...splits.keys()])]);
  const records = recordsOfStates(
    db,
    states.filter(({ rowId }) => bare.has(rowId)).map(({ stateId }) => stateId),
  );
  return states.map(({ rowId, stateId }): RowEdit => {
    if (removed.has(rowId)) return { type: "remove", rowId };
    const split = splits.get(rowId);
    const { expert: _, ...record } = records.get(stateId) ?? { expert: undefined };
    return {
      type: "set",
      rowId,
      ...(split === undefined ? {} : { split }),
      ...("id" in record ? { record } : {}),
    };
  });
}
