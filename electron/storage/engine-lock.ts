// One engine per workspace. The lock is SQLite's own reserved lock on a small file beside the workspace ("<workspace>.lock"),
// which the operating system frees when the holder dies, however it dies. Readers and settings need no lock.
// The file stays behind on purpose: deleting it would let two engines lock two different files of the same name.

import type { Database } from "better-sqlite3";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { WorkbenchError } from "../../shared/errors.ts";
import { openDatabase } from "./open-database.ts";
import { describeSqliteError, sqliteCode } from "./sqlite-errors.ts";

export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  readonly startedAtMs: number;
}

export interface EngineLock {
  readonly owner: LockOwner;
  /** Gives the lock up; calling it again does nothing. */
  readonly release: () => void;
}

const BUSY_TIMEOUT_MS = 250;

/** A lock nobody references any more must not be closed, and so freed, by the garbage collector. */
const held = new Set<Database>();

/** Takes the engine lock of the workspace at `path`. Throws "workspace-locked" naming the holder's process, host and start time. */
export function acquireEngineLock(path: string): EngineLock {
  const lockPath = `${path}.lock`;
  const owner: LockOwner = { pid: process.pid, host: hostname(), startedAtMs: Date.now() };
  const db = openDatabase(lockPath, { mode: "create", busyTimeoutMs: BUSY_TIMEOUT_MS });
  try {
    // The owner has to be committed to be readable by others, and the commit drops the lock for a moment: whoever slips in
    // overwrites the owner, and only the one who finds itself there once it holds the lock again has won.
    do {
      db.exec("BEGIN IMMEDIATE");
      writeOwner(db, owner);
      db.exec("COMMIT");
      db.exec("BEGIN IMMEDIATE");
    } while (!isOwner(db, owner));
  } catch (error) {
    const holder = sqliteCode(error)?.startsWith("SQLITE_BUSY") === true ? readOwner(db) : undefined;
    db.close();
    throw holder === undefined ? describeSqliteError(error, lockPath) : lockedError(path, holder, error);
  }
  held.add(db);
  return { owner, release: () => release(db) };
}

/** Whether an engine holds the lock of the workspace at `path` (a real path) right now. */
export function isEngineLockHeld(path: string): boolean {
  const lockPath = `${path}.lock`;
  if (!existsSync(lockPath)) return false;
  const db = openDatabase(lockPath, { mode: "write", busyTimeoutMs: 0 });
  try {
    // An engine that starts in this moment waits for longer than this takes.
    db.exec("BEGIN IMMEDIATE");
    db.exec("ROLLBACK");
    return false;
  } catch (error) {
    return sqliteCode(error)?.startsWith("SQLITE_BUSY") === true;
  } finally {
    db.close();
  }
}

function writeOwner(db: Database, owner: LockOwner): void {
  db.exec(
    "CREATE TABLE IF NOT EXISTS owner (pid INTEGER NOT NULL, host TEXT NOT NULL, started_at_ms INTEGER NOT NULL) STRICT; DELETE FROM owner",
  );
  db.prepare("INSERT INTO owner VALUES (?, ?, ?)").run(owner.pid, owner.host, owner.startedAtMs);
}

function readOwner(db: Database): LockOwner | undefined {
  if (db.inTransaction) db.exec("ROLLBACK");
  try {
    return db.prepare("SELECT pid, host, started_at_ms AS startedAtMs FROM owner").get() as LockOwner | undefined;
  } catch {
    return undefined;
  }
}

function isOwner(db: Database, owner: LockOwner): boolean {
  const found = db.prepare("SELECT pid, host, started_at_ms AS startedAtMs FROM owner").get() as LockOwner | undefined;
  if (found?.pid === owner.pid && found.host === owner.host && found.startedAtMs === owner.startedAtMs) return true;
  db.exec("ROLLBACK");
  return false;
}

function release(db: Database): void {
  if (!db.open) return;
  // The owner's row stays: it is only read while somebody holds the lock, and removing it could fail on a full disk.
  db.exec("ROLLBACK");
  db.close();
  held.delete(db);
}

function lockedError(path: string, holder: LockOwner, cause: unknown): WorkbenchError {
  return new WorkbenchError(
    "workspace-locked",
    `another engine uses this workspace: process ${holder.pid} on ${holder.host} since ${new Date(holder.startedAtMs).toISOString()}`,
    { where: path, hint: "Wait for it to end, or stop it, or use another workspace file." },
    { cause },
  );
}
