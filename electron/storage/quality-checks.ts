// Checks of datasets as stored: of which version, what was found, what was mended since.

import type { FindingSeverity, FindingType, QualityCounts, QualityFinding } from "../../shared/domain/quality.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import { allRows, getRow, insert, run, transaction, type ReadConnection, type WriteConnection } from "./connection.ts";
import type { CollectionId, QualityCheckId } from "./ids.ts";

export interface StoredCheck {
  readonly id: QualityCheckId;
  readonly collectionId: CollectionId;
  readonly version: number;
  readonly counts: QualityCounts;
  readonly createdAtMs: number;
}

export interface StoredFinding {
  readonly position: number;
  readonly finding: QualityFinding;
  readonly fixedIn: number | null;
}

const CHECK = "id, collection_id AS collectionId, version, counts_json AS countsJson, created_at_ms AS createdAtMs";

export function addQualityCheck(
  db: WriteConnection,
  check: {
    readonly collectionId: CollectionId;
    readonly version: number;
    readonly request: unknown;
    readonly counts: QualityCounts;
    readonly findings: readonly QualityFinding[];
  },
): QualityCheckId {
  return transaction(db, () => {
    const id = insert(
      db,
      "INSERT INTO quality_checks (collection_id, version, request_json, counts_json, created_at_ms) VALUES (?, ?, ?, ?, ?)",
      check.collectionId,
      check.version,
      JSON.stringify(check.request),
      JSON.stringify(check.counts),
      Date.now(),
    );
    check.findings.forEach((finding, position) => {
      const json = JSON.stringify(finding);
      run(db, "INSERT INTO quality_findings VALUES (?, ?, ?, ?, ?, NULL)", id, position, finding.type, finding.severity, json);
    });
    return id as QualityCheckId;
  });
}

/** Throws "not-found". */
export function getQualityCheck(db: ReadConnection, id: QualityCheckId): StoredCheck {
  const row = getRow<CheckRow>(db, `SELECT ${CHECK} FROM quality_checks WHERE id = ?`, id);
  if (row === undefined) throw new WorkbenchError("not-found", `there is no check ${id}`, { where: db.name });
  return checkOf(row);
}

/** Newest first. */
export function listQualityChecks(db: ReadConnection, collectionId: CollectionId): StoredCheck[] {
  return allRows<CheckRow>(db, `SELECT ${CHECK} FROM quality_checks WHERE collection_id = ? ORDER BY id DESC`, collectionId).map(checkOf);
}

export interface FindingFilter {
  readonly types?: readonly FindingType[] | undefined;
  readonly severities?: readonly FindingSeverity[] | undefined;
}

const CHOSEN = `check_id = ? AND (? IS NULL OR type IN (SELECT value FROM json_each(?)))
  AND (? IS NULL OR severity IN (SELECT value FROM json_each(?)))`;

export function countFindings(db: ReadConnection, id: QualityCheckId, filter: FindingFilter): number {
  const sql = `SELECT count(*) AS count FROM quality_findings WHERE ${CHOSEN}`;
  return getRow<{ count: number }>(db, sql, id, ...chosen(filter))?.count ?? 0;
}

/** In the order they were found in; -1 for all. */
export function listFindings(db: ReadConnection, id: QualityCheckId, filter: FindingFilter, limit = -1, offset = 0): StoredFinding[] {
  const sql = `SELECT position, finding_json AS json, fixed_in AS fixedIn FROM quality_findings WHERE ${CHOSEN}
    ORDER BY position LIMIT ? OFFSET ?`;
  return allRows<{ position: number; json: string; fixedIn: number | null }>(db, sql, id, ...chosen(filter), limit, offset).map(
    ({ json, ...row }) => ({ ...row, finding: JSON.parse(json) as QualityFinding }),
  );
}

export function markFindingsFixed(db: WriteConnection, id: QualityCheckId, positions: readonly number[], version: number): void {
  const sql = "UPDATE quality_findings SET fixed_in = ? WHERE check_id = ? AND position IN (SELECT value FROM json_each(?))";
  run(db, sql, version, id, JSON.stringify(positions));
}

function chosen({ types, severities }: FindingFilter): (string | null)[] {
  const list = (values: readonly string[] | undefined): string | null => (values === undefined ? null : JSON.stringify(values));
  return [list(types), list(types), list(severities), list(severities)];
}

interface CheckRow extends Omit<StoredCheck, "counts"> {
  readonly countsJson: string;
}

function checkOf({ countsJson, ...row }: CheckRow): StoredCheck {
  return { ...row, counts: JSON.parse(countsJson) as QualityCounts };
}
