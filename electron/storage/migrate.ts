// Brings a workspace to the current schema version: identity and version checks, a backup before any change to an existing
// one, and the numbered migrations in one transaction.

import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import type { Database } from "better-sqlite3";
import { WorkbenchError } from "../../shared/errors.ts";
import { MIGRATIONS } from "./migrations/migrations.ts";
import type { Migration } from "./migrations/migrations.ts";

/** "RAIF" in ASCII, SQLite's application_id of a workspace. */
export const APPLICATION_ID = 0x52414946;

/**
 * The schema version of an open database, 0 for an empty one. Reads only. Throws "workspace-corrupt" when it is some other
 * program's database and "workspace-newer" when a later version of the workbench wrote it.
 */
export function schemaVersion(db: Database, migrations: readonly Migration[] = MIGRATIONS): number {
  const applicationId = db.pragma("application_id", { simple: true }) as number;
  const version = db.pragma("user_version", { simple: true }) as number;
  if (applicationId === 0 && version === 0 && db.prepare("SELECT 1 FROM sqlite_schema").get() === undefined) return 0;
  if (applicationId !== APPLICATION_ID) {
    throw new WorkbenchError("workspace-corrupt", "this SQLite database is not a workspace", {
      where: db.name,
      expected: `application id ${APPLICATION_ID}`,
      got: String(applicationId),
    });
  }
  if (version > migrations.length) {
    throw new WorkbenchError("workspace-newer", "the workspace was written by a newer version of the workbench; it was not touched", {
      where: db.name,
      expected: `schema version up to ${migrations.length}`,
      got: String(version),
      hint: "Update the workbench, or use another workspace file.",
    });
  }
  return version;
}

/** Applies what is missing, all or nothing, after a backup of a workspace that already had a version. Returns the backup's path. */
export function migrate(db: Database, migrations: readonly Migration[] = MIGRATIONS): string | undefined {
  const before = schemaVersion(db, migrations);
  if (before === migrations.length) return undefined;
  const backupPath = before > 0 && !db.memory ? writeBackup(db, before) : undefined;
  db.exec("BEGIN IMMEDIATE");
  try {
    // Another process may have migrated while this one waited for the write lock.
    for (const migration of migrations.slice(schemaVersion(db, migrations))) {
      db.exec(migration.sql);
      db.pragma(`user_version = ${migration.version}`);
    }
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.exec("COMMIT");
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
  return backupPath;
}

function writeBackup(db: Database, version: number): string {
  let path = `${db.name}.backup-v${version}`;
  for (let copy = 2; existsSync(path); copy++) path = `${db.name}.backup-v${version}-${copy}`;
  const partial = `${path}.partial`;
  rmSync(partial, { force: true });
  try {
    db.prepare("VACUUM INTO ?").run(partial);
    const file = openSync(partial, "r+");
    fsyncSync(file);
    closeSync(file);
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
  return path;
}
