// The thread of one regular-expression search: reads texts in portions from a connection of its own and says which match.

import { parentPort, workerData } from "node:worker_threads";
import { openWorkspaceReadOnly } from "../storage/open-workspace.ts";
import { traceTextsOf, type TraceTexts } from "../storage/trace-queries.ts";
import type { ScanHit, ScanProgress, ScanRequest } from "./trace-scan.ts";

const PORTION = 500;

const { workspace, ids, pattern, flags, scopes } = workerData as ScanRequest;
const expression = new RegExp(pattern, flags);
const db = openWorkspaceReadOnly(workspace);
const say = (progress: ScanProgress): void => parentPort?.postMessage(progress);

for (let start = 0; start < ids.length; start += PORTION) {
  const portion = ids.slice(start, start + PORTION);
  const hits = traceTextsOf(db, portion).flatMap((texts) => hitIn(texts) ?? []);
  say({ hits, scanned: start + portion.length, done: false });
}
db.close();
say({ hits: [], scanned: ids.length, done: true });

function hitIn({ rolloutId, think, answer, prompt }: TraceTexts): ScanHit | undefined {
  for (const [scope, text] of [
    ["reasoning", think],
    ["answer", answer],
    ["prompt", prompt],
  ] as const) {
    const match = text === null || !scopes.includes(scope) ? null : expression.exec(text);
    if (match !== null) return { rolloutId, scope, start: match.index, end: match.index + match[0].length };
  }
  return undefined;
}
