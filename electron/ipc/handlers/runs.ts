// The calls about runs. What a run looks like is the services' business; deletion only marks, so that it can be undone.

import type { runsContract } from "../../../shared/contract/runs.ts";
import type { RunSummary } from "../../../shared/domain/run.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { chartSeries, compareSettings, describeRun, summariseRun, summariseRuns } from "../../services/run-views.ts";
import type { WriteConnection } from "../../storage/connection.ts";
import type { RunId } from "../../storage/ids.ts";
import { markRunDeleted, renameRun, restoreRun, setRunArchived, setRunNotes, setRunTags } from "../../storage/run-edits.ts";
import { getRun } from "../../storage/runs.ts";
import type { HandlersOf } from "../dispatch.ts";
import type { HostContext } from "../host-context.ts";
import { isBeyondUndo } from "../tidy-up.ts";

export const runsHandlers: HandlersOf<typeof runsContract> = {
  list: (query, { workspace }) => summariseRuns(workspace.db, query),
  get: ({ runId }, { workspace }) => describeRun(workspace.db, runId as RunId),
  rename: ({ runId, name }, context) => edit(context, runId, (db, id) => renameRun(db, id, name)),
  setNotes: ({ runId, notes }, context) => edit(context, runId, (db, id) => setRunNotes(db, id, notes)),
  setTags: ({ runId, tags }, context) => edit(context, runId, (db, id) => setRunTags(db, id, tags)),
  setArchived: ({ runId, archived }, context) => edit(context, runId, (db, id) => setRunArchived(db, id, archived)),
  delete: ({ runIds }, context) => ({ deleted: editAll(context, runIds, markRunDeleted) }),
  restore: ({ runIds }, context) => ({ restored: editAll(context, runIds, restore) }),
  compareSettings: ({ runIds }, { workspace }) => compareSettings(workspace.db, runIds as RunId[]),
  metrics: ({ runIds, ...query }, { workspace }) => chartSeries(workspace.db, { ...query, runIds: runIds as RunId[] }),
};

function edit({ workspace, publish }: HostContext, runId: number, change: (db: WriteConnection, id: RunId) => void): RunSummary {
  workspace.write((db) => change(db, runId as RunId));
  publish("workspace", { changed: "runs" });
  return summariseRun(workspace.db, runId as RunId);
}

/** Throws "not-found" where it is too late. */
function restore(db: WriteConnection, id: RunId): void {
  if (isBeyondUndo(getRun(db, id).deletedAtMs)) {
    throw new WorkbenchError("not-found", `run ${id} was deleted too long ago to bring it back`, { where: db.name });
  }
  restoreRun(db, id);
}

/** All of them or none. */
function editAll(
  { workspace, publish }: HostContext,
  runIds: readonly number[],
  change: (db: WriteConnection, id: RunId) => void,
): readonly number[] {
  workspace.write((db) => {
    for (const runId of runIds) change(db, runId as RunId);
  });
  publish("workspace", { changed: "runs" });
  return runIds;
}
