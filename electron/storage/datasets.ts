// Datasets as imported: numbered versions of a name, each with its records in order and a hash of their content. The same
// content under the same name is stored once.

import { createHash } from "node:crypto";
import type { InstructionRecord } from "../../shared/domain/instruction.ts";
import { allRows, getRow, insert, run, transaction } from "./connection.ts";
import type { ReadConnection, WriteConnection } from "./connection.ts";
import { canonicalJson } from "./hashing.ts";
import type { DatasetId } from "./ids.ts";

export interface Dataset {
  readonly id: DatasetId;
  readonly name: string;
  /** 1, 2, ... per name. */
  readonly version: number;
  /** Where it came from: a path, or "starter". */
  readonly source: string;
  readonly contentHash: string;
  readonly recordCount: number;
  readonly createdAtMs: number;
}

const COLUMNS = `id, name, version, source, content_hash AS contentHash, record_count AS recordCount, created_at_ms AS createdAtMs`;

/** SHA-256 over the records' canonical JSON, one line each, in order. */
export function hashRecords(records: readonly InstructionRecord[]): string {
  const hash = createHash("sha256");
  for (const record of records) hash.update(`${canonicalJson(record)}\n`);
  return hash.digest("hex");
}

/** Stores the records as the next version of `name`, or returns the version that already holds exactly these. */
export function addDataset(
  db: WriteConnection,
  dataset: { readonly name: string; readonly source: string; readonly records: readonly InstructionRecord[] },
): Dataset {
  const contentHash = hashRecords(dataset.records);
  return transaction(db, () => {
    const existing = getRow<Dataset>(db, `SELECT ${COLUMNS} FROM datasets WHERE name = ? AND content_hash = ?`, dataset.name, contentHash);
    if (existing !== undefined) return existing;
    const latest = getRow<{ version: number | null }>(db, "SELECT max(version) AS version FROM datasets WHERE name = ?", dataset.name);
    const id = insert(
      db,
      "INSERT INTO datasets (name, version, source, content_hash, record_count, created_at_ms) VALUES (?, ?, ?, ?, ?, ?)",
      dataset.name,
      (latest?.version ?? 0) + 1,
      dataset.source,
      contentHash,
      dataset.records.length,
      Date.now(),
    );
    dataset.records.forEach((record, position) => {
      run(db, "INSERT INTO dataset_records VALUES (?, ?, ?, ?)", id, position, record.id, canonicalJson(record));
    });
    return getRow<Dataset>(db, `SELECT ${COLUMNS} FROM datasets WHERE id = ?`, id) as Dataset;
  });
}

export function getDataset(db: ReadConnection, id: DatasetId): Dataset | undefined {
  return getRow<Dataset>(db, `SELECT ${COLUMNS} FROM datasets WHERE id = ?`, id);
}

/** Newest first. */
export function listDatasets(db: ReadConnection): Dataset[] {
  return allRows<Dataset>(db, `SELECT ${COLUMNS} FROM datasets ORDER BY id DESC`);
}

/** Records in their stored order. */
export function listDatasetRecords(db: ReadConnection, id: DatasetId, limit = -1, offset = 0): InstructionRecord[] {
  return allRows<{ json: string }>(
    db,
    "SELECT record_json AS json FROM dataset_records WHERE dataset_id = ? ORDER BY position LIMIT ? OFFSET ?",
    id,
    limit,
    offset,
  ).map((row) => JSON.parse(row.json) as InstructionRecord);
}

/** Undefined where the data set has no such record. */
export function getDatasetRecord(db: ReadConnection, id: DatasetId, recordId: string): InstructionRecord | undefined {
  const row = getRow<{ json: string }>(
    db,
    "SELECT record_json AS json FROM dataset_records WHERE dataset_id = ? AND record_id = ?",
    id,
    recordId,
  );
  return row === undefined ? undefined : (JSON.parse(row.json) as InstructionRecord);
}

/** Records with an expert demonstration. */
export function countExperts(db: ReadConnection, id: DatasetId): number {
  const sql = "SELECT count(*) AS count FROM dataset_records WHERE dataset_id = ? AND json_type(record_json, '$.expert') = 'object'";
  return getRow<{ count: number }>(db, sql, id)?.count ?? 0;
}
