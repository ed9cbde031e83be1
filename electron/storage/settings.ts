// Settings of the workspace: JSON values under names. Never secrets; those belong to the system's own store.

import { getRow, run } from "./connection.ts";
import type { ReadConnection, WriteConnection } from "./connection.ts";

/** Undefined when it was never set; the caller checks its shape. */
export function getSetting(db: ReadConnection, key: string): unknown {
  const row = getRow<{ json: string }>(db, "SELECT value_json AS json FROM settings WHERE key = ?", key);
  return row === undefined ? undefined : (JSON.parse(row.json) as unknown);
}

/** Undefined removes it. */
export function setSetting(db: WriteConnection, key: string, value: unknown): void {
  if (value === undefined) {
    run(db, "DELETE FROM settings WHERE key = ?", key);
    return;
  }
  run(
    db,
    `INSERT INTO settings VALUES (?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET value_json = excluded.value_json, updated_at_ms = excluded.updated_at_ms`,
    key,
    JSON.stringify(value),
    Date.now(),
  );
}
