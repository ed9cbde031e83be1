// The calls that set responses side by side.

import type { compareContract } from "../../../shared/contract/compare.ts";
import type { PaneSource } from "../../../shared/domain/comparison.ts";
import { compare, comparedPrompts, paneChoices, type ComparedWorkspaces } from "../../services/compare.ts";
import type { RolloutId, RunId } from "../../storage/ids.ts";
import { listRuns } from "../../storage/runs.ts";
import type { HandlersOf } from "../dispatch.ts";
import type { HostContext } from "../host-context.ts";
import { withTraceRows, withTraceRowsOf } from "../trace-rows.ts";

export const compareHandlers: HandlersOf<typeof compareContract> = {
  choices: async ({ runId }, context) => {
    const runIds = runId === undefined ? listRuns(context.workspace.db).map(({ id }) => id) : [runId as RunId];
    for (const id of runIds) await withTraceRows(context, id);
    return paneChoices(context.workspace.db, runId as RunId | undefined);
  },
  prompts: async ({ panes, filter }, context) => comparedPrompts(await workspacesOf(context, panes), panes, filter),
  get: async ({ panes, recordId }, context) => compare(await workspacesOf(context, panes), panes, recordId),
};

/** With the rows that the panes are found by. */
export async function workspacesOf(context: HostContext, panes: readonly PaneSource[]): Promise<ComparedWorkspaces> {
  for (const pane of panes) {
    if (pane.type === "run") await withTraceRows(context, pane.runId as RunId);
    if (pane.type === "rollout") await withTraceRowsOf(context, pane.rolloutId as RolloutId);
  }
  return { db: context.workspace.db, jobsDb: context.workspaces.own.db };
}
