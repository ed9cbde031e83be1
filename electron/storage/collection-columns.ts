// The copy of a large dataset's narrow columns, by name: one copy a dataset, of the version it was made at. What is in the columns is decided
// by services/datasets/stored-table.ts.

import { allRows, getRow, run, transaction } from "./connection.ts";
import type { ReadConnection, WriteConnection } from "./connection.ts";
import type { CollectionId } from "./ids.ts";

export interface StoredColumns {
  readonly version: number;
  readonly columns: ReadonlyMap<string, Buffer>;
}

/** In place of the copy that there was. */
export function storeColumns(db: WriteConnection, id: CollectionId, { version, columns }: StoredColumns): void {
  transaction(db, () => {
    run(db, "DELETE FROM collection_columns WHERE collection_id = ?", id);
    const sql = "INSERT INTO collection_columns (collection_id, name, version, data) VALUES (?, ?, ?, ?)";
    for (const [name, data] of columns) run(db, sql, id, name, version, data);
  });
}

/** Undefined where there is no copy. */
export function storedColumnsVersion(db: ReadConnection, id: CollectionId): number | undefined {
  return getRow<{ version: number }>(db, "SELECT version FROM collection_columns WHERE collection_id = ? LIMIT 1", id)?.version;
}

/** Undefined where there is no copy. */
export function readColumns(db: ReadConnection, id: CollectionId): StoredColumns | undefined {
  const sql = "SELECT name, version, data FROM collection_columns WHERE collection_id = ?";
  const rows = allRows<{ name: string; version: number; data: Buffer }>(db, sql, id);
  const [first] = rows;
  return first === undefined ? undefined : { version: first.version, columns: new Map(rows.map(({ name, data }) => [name, data])) };
}
