// Whether a workspace is sound: SQLite's own checks, dangling references, and the search index against the texts.

import { allRows, getRow, run, snapshot } from "./connection.ts";
import type { ReadConnection, WriteConnection } from "./connection.ts";
import { isWorkbenchError } from "../../shared/errors.ts";
import { sqliteCode } from "./sqlite-errors.ts";

const SEARCH_INDEXES = ["rollouts_fts", "prompts_fts"];

/** What is wrong, in SQLite's words; empty when the workspace is sound. Reads the whole file. */
export function checkIntegrity(db: ReadConnection): string[] {
  try {
    const { found, dangling } = snapshot(db, () => {
      // SQLite's check of a full-text index trusts what this connection last knew of the index's structure (seen in 3.54.1): once another
      // process has merged its segments, a sound index is called corrupt. A read of the index brings that up to date.
      for (const table of SEARCH_INDEXES) getRow(db, `SELECT 1 FROM ${table} LIMIT 1`);
      return {
        found: allRows<{ integrity_check: string }>(db, "PRAGMA integrity_check").map((row) => row.integrity_check),
        dangling: allRows<{ table: string; rowid: number | null; parent: string }>(db, "PRAGMA foreign_key_check"),
      };
    });
    return [
      ...found.filter((line) => line !== "ok"),
      ...dangling.map((row) => `row ${row.rowid ?? "?"} of ${row.table} refers to a missing row of ${row.parent}`),
    ];
  } catch (error) {
    if (isWorkbenchError(error, "workspace-corrupt")) return [error.message];
    throw error;
  }
}

/** The same for the full-text indexes, compared with the stored texts; SQLite runs this check as a write. */
export function checkSearchIndex(db: WriteConnection): string[] {
  const problems: string[] = [];
  for (const table of SEARCH_INDEXES) {
    try {
      run(db, `INSERT INTO ${table} (${table}, rank) VALUES ('integrity-check', 1)`);
    } catch (error) {
      const corrupt = isWorkbenchError(error, "workspace-corrupt") || sqliteCode(error)?.startsWith("SQLITE_CORRUPT") === true;
      if (!corrupt) throw error;
      problems.push(`${table} does not agree with the stored texts`);
    }
  }
  return problems;
}
