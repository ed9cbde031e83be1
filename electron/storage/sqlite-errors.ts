// Turns SQLite result codes into the workbench's own errors. Codes that only a bug can cause (constraint, misuse) pass
// through unchanged.

import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { WorkbenchError } from "../../shared/errors.ts";

const FULL_BELOW_BYTES = 1024 * 1024;

/** The error to throw in place of `error`, which happened while using the database at `path`. */
export function describeSqliteError(error: unknown, path: string): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return error;
  const got = `${code}: ${(error as Error).message}`;
  if (code === "SQLITE_FULL" || (code.startsWith("SQLITE_IOERR") && isDiskFull(path))) {
    return new WorkbenchError(
      "storage-full",
      "the disk or the workspace's size limit is full; the last change was undone, what was stored before is intact",
      { where: path, got, hint: "Free some space, then resume the run." },
      { cause: error },
    );
  }
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") {
    return new WorkbenchError("workspace-corrupt", "the file is damaged or is not a workspace", { where: path, got }, { cause: error });
  }
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) {
    return new WorkbenchError("workspace-locked", "another program keeps the workspace busy", { where: path, got }, { cause: error });
  }
  if (/^SQLITE_(IOERR|CANTOPEN|READONLY|PERM|AUTH|NOLFS|PROTOCOL)/.test(code)) {
    return new WorkbenchError("storage-failed", "the workspace cannot be read or written", { where: path, got }, { cause: error });
  }
  return error;
}

/** "SQLITE_..." of an error thrown by SQLite, undefined for any other. */
export function sqliteCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" && error.code.startsWith("SQLITE_") ? error.code : undefined;
}

function isDiskFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < FULL_BELOW_BYTES;
  } catch {
    return false;
  }
}
