// Answers of models by the hash of their request. Written once, never changed.

import { getRow, run, type ReadConnection, type WriteConnection } from "./connection.ts";

/** What was stored for the request, as it was given to storeModelReply; undefined when it was never answered. */
export function findModelReply(db: ReadConnection, requestHash: string): unknown {
  const row = getRow<{ json: string }>(db, "SELECT reply_json AS json FROM model_replies WHERE request_hash = ?", requestHash);
  return row === undefined ? undefined : (JSON.parse(row.json) as unknown);
}

/** The first answer stays. */
export function storeModelReply(db: WriteConnection, requestHash: string, model: string, reply: unknown): void {
  run(db, "INSERT OR IGNORE INTO model_replies VALUES (?, ?, ?, ?)", requestHash, model, JSON.stringify(reply), Date.now());
}
