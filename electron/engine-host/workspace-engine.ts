// The engine of an open workspace as its host keeps it: the client, with what its death means for the workspace. Left-overs of an
// engine that died with its host are settled at once, and jobs that still wait are gone on with.

import type { JobKind } from "../../shared/domain/job.ts";
import { settleAbandonedWork } from "../services/abandoned-work.ts";
import type { ReadConnection, WriteConnection } from "../storage/connection.ts";
import { isEngineLockHeld } from "../storage/engine-lock.ts";
import { queuedJobs } from "../storage/job-queue.ts";
import { getRun, listRuns } from "../storage/runs.ts";
import { createEngineClient, type EngineClient } from "./engine-client.ts";
import type { LaunchEngine } from "./engine-process.ts";
import type { Publish } from "./limit-events.ts";

export interface WorkspaceEngineOptions {
  readonly workspace: {
    readonly path: string;
    readonly readOnly: boolean;
    readonly db: ReadConnection;
    readonly write: <Outcome>(body: (db: WriteConnection) => Outcome) => Outcome;
  };
  readonly launch: LaunchEngine;
  readonly publish: Publish;
  /** Of the host's store; default: it has none. */
  readonly readSecret?: (name: string) => Promise<string | undefined>;
}

/** Throws nothing: a workspace that cannot be written now shows what it last stored. */
export function openWorkspaceEngine({ workspace, launch, publish, readSecret }: WorkspaceEngineOptions): EngineClient {
  const { path, readOnly, db, write } = workspace;

  const settle = (reason: string): void => {
    // Another program's engine may have the workspace; then what runs is not ours to declare dead.
    if (readOnly || isEngineLockHeld(db.name)) return;
    const { runIds, jobs } = write((connection) => settleAbandonedWork(connection, reason));
    for (const runId of runIds) {
      const { lastStep: step, totalSteps, status } = getRun(db, runId);
      publish("run", { runId, step, totalSteps, status });
    }
    for (const { id, kind, runId = null } of jobs) {
      publish("job", { jobId: id, kind: kind as JobKind, runId, status: "interrupted", fraction: null, activity: "" });
    }
  };

  const client = createEngineClient({
    workspaceFile: path,
    launch,
    publish,
    readSecret: readSecret ?? (() => Promise.resolve(undefined)),
    onDeath: (reason) => {
      let interruptedRunId: number | null = null;
      try {
        interruptedRunId = listRuns(db).find((run) => run.status === "running")?.id ?? null;
        settle(reason);
      } catch {
        // Locked, full or closed: the next engine that starts settles it. The crash is shown with its reason all the same.
      }
      return { interruptedRunId };
    },
  });

  try {
    settle("The workbench ended while this was in work.");
    if (!readOnly && queuedJobs(db).length > 0) client.wake();
  } catch {
    // As above.
  }
  return client;
}
