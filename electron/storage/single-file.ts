// A workspace as one self-contained file: copies, and files that need no journal beside them.

import { allRows, run } from "./connection.ts";
import type { ReadConnection, WriteConnection } from "./connection.ts";
import { describeSqliteError } from "./sqlite-errors.ts";

/** Writes a compact copy of what is committed now to `path`, which must not exist. Beside a writer it sees one moment of it. */
export function snapshotInto(db: ReadConnection, path: string): void {
  try {
    db.prepare("VACUUM INTO ?").run(path);
  } catch (error) {
    throw describeSqliteError(error, path);
  }
}

/** Folds the journal into the file; from then on it can be opened where nothing may be written. Only for the sole connection. */
export function makeSingleFile(db: WriteConnection): void {
  run(db, "PRAGMA optimize");
  allRows(db, "PRAGMA journal_mode = DELETE");
}
