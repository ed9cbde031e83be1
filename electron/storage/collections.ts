// Editable datasets ("collections"): which there are and in which version. Their rows are collection-rows.ts, their changes
// collection-versions.ts. What a run trains on is a frozen copy in datasets.ts.

import type { VersionKind } from "../../shared/domain/dataset.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import { allRows, getRow, insert, run, transaction } from "./connection.ts";
import type { ReadConnection, WriteConnection } from "./connection.ts";
import type { CollectionId } from "./ids.ts";

export interface Collection {
  readonly id: CollectionId;
  readonly name: string;
  /** The newest one; 0 right after creation. */
  readonly version: number;
  readonly rowCount: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface StoredVersion {
  readonly version: number;
  readonly kind: VersionKind;
  readonly title: string;
  readonly about: number | null;
  readonly changed: number;
  readonly rows: number;
  readonly createdAtMs: number;
}

const COLUMNS = "id, name, version, row_count AS rowCount, created_at_ms AS createdAtMs, updated_at_ms AS updatedAtMs";

/** Throws "invalid-argument" where the name is taken. */
export function createCollection(db: WriteConnection, name: string): Collection {
  return transaction(db, () => {
    requireFreeName(db, name);
    const nowMs = Date.now();
    const id = insert(
      db,
      "INSERT INTO collections (name, version, row_count, created_at_ms, updated_at_ms) VALUES (?, 0, 0, ?, ?)",
      name,
      nowMs,
      nowMs,
    );
    run(
      db,
      `INSERT INTO collection_versions (collection_id, version, kind, title, changed, row_count, created_at_ms)
       VALUES (?, 0, 'create', 'created', 0, 0, ?)`,
      id,
      nowMs,
    );
    return getCollection(db, id as CollectionId);
  });
}

/** Takes one away again that nothing was ever put into. */
export function removeUntouchedCollection(db: WriteConnection, id: CollectionId): void {
  run(db, "DELETE FROM collections WHERE id = ? AND version = 0", id);
}

/** Throws "not-found", and "invalid-argument" where another one has the name. */
export function renameCollection(db: WriteConnection, id: CollectionId, name: string): Collection {
  return transaction(db, () => {
    if (getCollection(db, id).name !== name) {
      requireFreeName(db, name);
      run(db, "UPDATE collections SET name = ?, updated_at_ms = ? WHERE id = ?", name, Date.now(), id);
    }
    return getCollection(db, id);
  });
}

function requireFreeName(db: ReadConnection, name: string): void {
  if (findCollection(db, name) === undefined) return;
  throw new WorkbenchError("invalid-argument", "another dataset has this name", { where: "name", got: name });
}

export function findCollection(db: ReadConnection, name: string): Collection | undefined {
  return getRow<Collection>(db, `SELECT ${COLUMNS} FROM collections WHERE name = ?`, name);
}

export function findCollectionById(db: ReadConnection, id: CollectionId): Collection | undefined {
  return getRow<Collection>(db, `SELECT ${COLUMNS} FROM collections WHERE id = ?`, id);
}

/** Throws "not-found". */
export function getCollection(db: ReadConnection, id: CollectionId): Collection {
  const found = findCollectionById(db, id);
  if (found === undefined) throw new WorkbenchError("not-found", `there is no dataset ${id}`, { where: db.name });
  return found;
}

/** Last changed first. */
export function listCollections(db: ReadConnection): Collection[] {
  return allRows<Collection>(db, `SELECT ${COLUMNS} FROM collections ORDER BY updated_at_ms DESC, id DESC`);
}

/** Newest first. */
export function listVersions(db: ReadConnection, id: CollectionId, limit = -1, offset = 0): StoredVersion[] {
  return allRows<StoredVersion>(
    db,
    `SELECT version, kind, title, about, changed, row_count AS rows, created_at_ms AS createdAtMs
     FROM collection_versions WHERE collection_id = ? ORDER BY version DESC LIMIT ? OFFSET ?`,
    id,
    limit,
    offset,
  );
}

/** Rows that can be trained on, and those of them with a demonstration. */
export function countReady(db: ReadConnection, id: CollectionId): { readonly ready: number; readonly experts: number } {
  const sql = `SELECT count(*) AS ready, total(s.expert) AS experts FROM collection_heads h JOIN collection_states s ON s.id = h.state_id
    WHERE h.collection_id = ? AND s.state = 'ready'`;
  return getRow<{ ready: number; experts: number }>(db, sql, id) ?? { ready: 0, experts: 0 };
}

export function countRejects(db: ReadConnection, id: CollectionId): number {
  const sql = "SELECT count(*) AS count FROM collection_rejects WHERE collection_id = ? AND kind = 'bad' AND status = 'waiting'";
  return getRow<{ count: number }>(db, sql, id)?.count ?? 0;
}
