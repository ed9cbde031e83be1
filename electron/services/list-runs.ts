// Lists the runs of a workspace for people and scripts.

import { isEngineLockHeld } from "../storage/engine-lock.ts";
import { openWorkspaceReadOnly } from "../storage/open-workspace.ts";
import { listRuns, type Run } from "../storage/runs.ts";

export interface RunSummary {
  readonly id: number;
  readonly name: string;
  readonly status: Run["status"];
  readonly method: string;
  readonly recipe?: string | undefined;
  /** Folder of the base weights, or "nano". */
  readonly model: string;
  readonly seed: number;
  readonly device: string;
  /** Last stored step, 0 before the first. */
  readonly lastStep: number;
  readonly totalSteps: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt?: string | undefined;
  /** Code and message of what stopped a failed run. */
  readonly error?: unknown;
}

/**
 * Newest first. Reads beside a working engine. A run whose engine was killed could not say so: it reads as interrupted where no
 * engine holds the workspace. Throws what opening a workspace throws.
 */
export function listRunSummaries(workspaceFile: string): RunSummary[] {
  const db = openWorkspaceReadOnly(workspaceFile);
  try {
    const runs = listRuns(db);
    const engineIsGone = runs.some((run) => run.status === "running") && !isEngineLockHeld(db.name);
    return runs.map((run) => ({
      id: run.id,
      name: run.name,
      status: run.status === "running" && engineIsGone ? "interrupted" : run.status,
      method: run.method,
      recipe: run.recipe,
      model: run.baseModel,
      seed: run.seed,
      device: run.device,
      lastStep: run.lastStep,
      totalSteps: run.totalSteps,
      startedAt: new Date(run.createdAtMs).toISOString(),
      endedAt: run.endedAtMs === undefined ? undefined : new Date(run.endedAtMs).toISOString(),
      error: run.error,
    }));
  } finally {
    db.close();
  }
}
