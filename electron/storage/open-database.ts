// The only place that opens SQLite. What a database contains (workspace, engine lock) is decided by the callers.

import Database from "better-sqlite3";
import { WorkbenchError } from "../../shared/errors.ts";
import { describeSqliteError } from "./sqlite-errors.ts";

export interface OpenOptions {
  /** "create" makes the file when it is absent; the others need it. */
  readonly mode: "create" | "write" | "read";
  /** How long a statement waits for another connection's lock. */
  readonly busyTimeoutMs: number;
}

/** Opens a database file; ":memory:" opens an unnamed one. The first page is not read yet. Throws "file-not-found" or "storage-failed". */
export function openDatabase(path: string, options: OpenOptions): Database.Database {
  try {
    return new Database(path, {
      readonly: options.mode === "read",
      fileMustExist: options.mode !== "create",
      timeout: options.busyTimeoutMs,
    });
  } catch (error) {
    if (error instanceof TypeError) {
      throw new WorkbenchError("file-not-found", "the workspace's folder does not exist", { where: path }, { cause: error });
    }
    throw describeSqliteError(error, path);
  }
}
