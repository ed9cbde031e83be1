// Makes sure that a run's rollouts can be asked for: steps of older workspaces get their table rows at the first question.

import { setImmediate } from "node:timers/promises";
import { WorkbenchError } from "../../shared/errors.ts";
import { indexMissingSteps, isIndexed } from "../services/trace-index.ts";
import type { ReadConnection } from "../storage/connection.ts";
import type { RolloutId, RunId } from "../storage/ids.ts";
import { rolloutPlace } from "../storage/rollouts.ts";
import type { HostContext } from "./host-context.ts";

const STEPS_A_WRITE = 10;

/** The connection to ask. Throws "read-only" for an older file that is only looked at. */
export async function withTraceRows({ workspace }: HostContext, runId: RunId): Promise<ReadConnection> {
  while (!isIndexed(workspace.db, runId)) {
    if (workspace.readOnly) {
      throw new WorkbenchError("read-only", "this file was written by an older version, so its traces have no table yet", {
        where: workspace.path,
        hint: "Import its runs into your own workspace to see them.",
      });
    }
    workspace.write((db) => indexMissingSteps(db, runId, STEPS_A_WRITE));
    await setImmediate();
  }
  return workspace.db;
}

/** The same for the run of a rollout. Throws "not-found" too. */
export function withTraceRowsOf(context: HostContext, rolloutId: RolloutId): Promise<ReadConnection> {
  return withTraceRows(context, rolloutPlace(context.workspace.db, rolloutId).runId);
}
