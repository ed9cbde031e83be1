// How much a workspace holds and takes.

import { existsSync, statSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { getRow } from "./connection.ts";
import type { ReadConnection } from "./connection.ts";

export interface WorkspaceFigures {
  /** Not counting those marked as deleted. */
  readonly runs: number;
  readonly rollouts: number;
  readonly datasets: number;
  readonly schemaVersion: number;
  /** File and journal. */
  readonly sizeBytes: number;
  readonly diskFreeBytes: number;
}

export function workspaceFigures(db: ReadConnection): WorkspaceFigures {
  const count = (sql: string): number => getRow<{ count: number }>(db, sql)?.count ?? 0;
  const files = [db.name, `${db.name}-wal`].filter((file) => existsSync(file));
  const { bavail, bsize } = statfsSync(dirname(db.name));
  return {
    runs: count("SELECT count(*) AS count FROM runs WHERE deleted_at_ms IS NULL"),
    rollouts: count("SELECT count(*) AS count FROM rollouts"),
    datasets: count("SELECT count(*) AS count FROM datasets"),
    schemaVersion: db.pragma("user_version", { simple: true }) as number,
    sizeBytes: files.reduce((sum, file) => sum + statSync(file).size, 0),
    diskFreeBytes: bavail * bsize,
  };
}
