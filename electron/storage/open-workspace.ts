// Opens a workspace file: refuses what is not ours or newer without touching it, migrates the rest, sets durability. Engines
// also take the exclusive engine lock here.

import { existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Database } from "better-sqlite3";
import { WorkbenchError } from "../../shared/errors.ts";
import type { ReadConnection, WriteConnection } from "./connection.ts";
import { acquireEngineLock } from "./engine-lock.ts";
import type { EngineLock } from "./engine-lock.ts";
import { migrate, schemaVersion } from "./migrate.ts";
import { MIGRATIONS } from "./migrations/migrations.ts";
import type { Migration } from "./migrations/migrations.ts";
import { openDatabase } from "./open-database.ts";
import { describeSqliteError } from "./sqlite-errors.ts";

export interface OpenWorkspaceOptions {
  /** Make the file when it is absent; otherwise an absent file is "file-not-found". */
  readonly create?: boolean;
  /** Other than the shipped ones only in tests. */
  readonly migrations?: readonly Migration[];
}

export interface EngineWorkspace {
  readonly db: WriteConnection;
  readonly lock: EngineLock;
  /** Closes the database and gives the lock up. */
  readonly close: () => void;
}

const BUSY_TIMEOUT_MS = 5000;
const LARGEST_IDLE_WAL_BYTES = 64 * 1024 * 1024;

/**
 * A connection that writes, beside which an engine may run (settings, jobs, datasets). Close it with `db.close()`.
 * Throws "file-not-found", "workspace-newer", "workspace-corrupt", "workspace-locked" (migration needed while an engine runs),
 * "storage-full", "storage-failed". ":memory:" makes a workspace that is gone when closed.
 */
export function openWorkspace(path: string, options: OpenWorkspaceOptions = {}): WriteConnection {
  if (path === ":memory:") return openForWriting(path, options, () => undefined);
  const file = checkedPath(path, options);
  return openForWriting(file, options, () => acquireEngineLock(file));
}

/** The same for an engine: takes the engine lock first and holds it until `close()`. Throws "workspace-locked" too. */
export function openEngineWorkspace(path: string, options: OpenWorkspaceOptions = {}): EngineWorkspace {
  const file = checkedPath(path, options);
  const lock = acquireEngineLock(file);
  try {
    const db = openForWriting(file, options, () => undefined);
    return {
      db,
      lock,
      close: () => {
        db.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

export interface OpenReadOnlyOptions {
  /** "allow" opens an older version too, for whoever only copies it. */
  readonly migrationDue?: "allow";
  readonly migrations?: readonly Migration[];
}

/** A connection that only reads; works while an engine writes. Throws like openWorkspace, and "storage-failed" when a migration is due. */
export function openWorkspaceReadOnly(path: string, options: OpenReadOnlyOptions = {}): ReadConnection {
  const file = checkedPath(path, {});
  const db = openDatabase(file, { mode: "read", busyTimeoutMs: BUSY_TIMEOUT_MS });
  return closedOnError(db, () => {
    const { length } = options.migrations ?? MIGRATIONS;
    const version = schemaVersion(db, options.migrations);
    if (version < length && options.migrationDue !== "allow") {
      throw new WorkbenchError("storage-failed", "the workspace has to be migrated first", {
        where: file,
        expected: `schema version ${length}`,
        got: String(version),
        hint: "Open it once for writing; a backup is kept.",
      });
    }
    return db as ReadConnection;
  });
}

function openForWriting(file: string, options: OpenWorkspaceOptions, lockForMigration: () => EngineLock | undefined): WriteConnection {
  if (file !== ":memory:" && existsSync(file)) refuseForeign(file, options.migrations);
  const db = openDatabase(file, {
    mode: options.create === true || file === ":memory:" ? "create" : "write",
    busyTimeoutMs: BUSY_TIMEOUT_MS,
  });
  return closedOnError(db, () => {
    db.pragma("foreign_keys = ON");
    if (schemaVersion(db, options.migrations) < (options.migrations ?? MIGRATIONS).length) {
      const lock = lockForMigration();
      try {
        if (!db.memory) db.pragma("journal_mode = WAL");
        db.pragma("synchronous = FULL");
        migrate(db, options.migrations);
      } finally {
        lock?.release();
      }
    }
    // An exported file has no journal of its own until somebody works in it.
    if (!db.memory && db.pragma("journal_mode", { simple: true }) !== "wal") db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL");
    db.pragma(`journal_size_limit = ${LARGEST_IDLE_WAL_BYTES}`);
    return db as WriteConnection;
  });
}

/**
 * Identity and version are looked at before anything may write. Closing the last writing connection folds a left-over WAL into
 * the file, so where there is one the look is read-only; where there is none a read-only look would leave an empty one behind.
 */
function refuseForeign(file: string, migrations: readonly Migration[] | undefined): void {
  const db = openDatabase(file, { mode: existsSync(`${file}-wal`) ? "read" : "write", busyTimeoutMs: BUSY_TIMEOUT_MS });
  closedOnError(db, () => schemaVersion(db, migrations));
  db.close();
}

function closedOnError<Result>(db: Database, body: () => Result): Result {
  try {
    return body();
  } catch (error) {
    db.close();
    throw describeSqliteError(error, db.name);
  }
}

/** The real path, so that two names of one file share one lock. */
function checkedPath(path: string, options: OpenWorkspaceOptions): string {
  const absolute = resolve(path);
  if (!existsSync(absolute)) {
    const folder = dirname(absolute);
    if (options.create === true && existsSync(folder)) return join(realpathSync(folder), basename(absolute));
    throw new WorkbenchError(
      "file-not-found",
      options.create === true ? "the workspace's folder does not exist" : "there is no workspace file",
      { where: absolute },
    );
  }
  if (!statSync(absolute).isFile()) {
    throw new WorkbenchError("workspace-corrupt", "a workspace is a file", { where: absolute, got: "a folder or a special file" });
  }
  return realpathSync(absolute);
}
