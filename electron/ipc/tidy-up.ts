// Removes for good what was deleted long enough ago and what imports and edits that died have left behind, in many short transactions, so that a
// working engine has room to write.

import { discardSomeOfEdit } from "../storage/collection-edits.ts";
import { beginDiscard, deadImports, discardSome } from "../storage/collection-imports.ts";
import { purgeRunStepwise, listDeletedRuns } from "../storage/run-edits.ts";
import type { WorkspaceAccess } from "./workspaces.ts";

/** So long a deletion can be undone. */
const UNDO_MS = 7 * 24 * 60 * 60 * 1000;
const PAUSE_MS = 50;

/** From then on the run may be half gone already. */
export function isBeyondUndo(deletedAtMs: number | undefined, nowMs = Date.now()): boolean {
  return deletedAtMs !== undefined && deletedAtMs < nowMs - UNDO_MS;
}

/** Begins behind whatever is going on now. Returns what stops it; what is left is done another time. */
export function tidyUp(own: Pick<WorkspaceAccess, "db" | "write">, nowMs = Date.now()): () => void {
  let timer: NodeJS.Timeout | undefined;
  const discardStep = importDiscarder(own);
  const next = (): void => {
    try {
      const run = listDeletedRuns(own.db).find(({ deletedAtMs }) => isBeyondUndo(deletedAtMs, nowMs));
      if (run !== undefined) own.write((db) => purgeRunStepwise(db, run.id));
      else if (!discardStep() && !own.write((db) => discardSomeOfEdit(db))) return;
    } catch {
      // Locked or full: nobody waits for this, and it is tried again at the next start.
      return;
    }
    timer = setTimeout(next, PAUSE_MS).unref();
  };
  timer = setTimeout(next, PAUSE_MS).unref();
  return () => clearTimeout(timer);
}

/** One short step of taking away what dead imports wrote; false where nothing is left. */
function importDiscarder(own: Pick<WorkspaceAccess, "db" | "write">): () => boolean {
  let present: { readonly importId: number; readonly from: number } | undefined;
  return () => {
    const importId = present?.importId ?? deadImports(own.db)[0];
    if (importId === undefined) return false;
    const begun = present;
    const from = own.write((db) => (begun === undefined ? beginDiscard(db, importId) : discardSome(db, importId, begun.from)));
    present = from === undefined ? undefined : { importId, from };
    return true;
  };
}
