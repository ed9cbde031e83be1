// The process of one side task: `side-task-entry.ts NAME INPUT`. Posts the result and leaves.

import { failure, success, type Result } from "../../shared/result.ts";
import type { WriteConnection } from "../storage/connection.ts";
import type { CollectionId } from "../storage/ids.ts";
import type { AsideMessage, AsideProgress, SideTaskName, SideTasks } from "./side-task.ts";

type Tasks = {
  readonly [Name in SideTaskName]: (input: SideTasks[Name]["input"], report: AsideProgress) => Promise<SideTasks[Name]["output"]>;
};

const TASKS: Tasks = {
  doctor: async ({ workspace }) => {
    const { examineEnvironment } = await import("../services/examine-environment.ts");
    const findings = [];
    for await (const { name, status, detail } of examineEnvironment(workspace)) findings.push({ name, ok: status !== "failed", detail });
    return findings;
  },
  export: async (request) => (await import("../services/workspace-files.ts")).exportWorkspaceFile(request),
  importData: async ({ path, workspace }) => (await import("../services/import-dataset.ts")).importDataset(path, workspace),
  importDataset: async (request) => (await import("../services/datasets/workspace-datasets.ts")).importIntoWorkspace(request),
  previewImport: async (request) => (await import("../services/datasets/preview-import.ts")).previewImport(request),
  exportDataset: async ({ workspace, datasetId, ...request }) => {
    const { openWorkspaceReadOnly } = await import("../storage/open-workspace.ts");
    const { exportDataset } = await import("../services/datasets/export-dataset.ts");
    const db = openWorkspaceReadOnly(workspace);
    try {
      return exportDataset(db, datasetId as CollectionId, request);
    } finally {
      db.close();
    }
  },
  quantise: async (request) => (await import("../services/quantise-model.ts")).quantiseModel(request),
  bulkEdit: async ({ workspace, datasetId, selection, change }, report) => {
    const { bulkEditDataset } = await import("../services/datasets/bulk-edit.ts");
    return writing(workspace, (db) => bulkEditDataset(db, datasetId as CollectionId, selection, change, report));
  },
  moveDataset: async ({ workspace, datasetId, move }) => {
    const { moveDataset } = await import("../services/datasets/move-dataset.ts");
    return writing(workspace, (db) => moveDataset(db, datasetId as CollectionId, move));
  },
  import: async ({ from, workspace }) => (await import("../services/workspace-files.ts")).importRunsFrom(from, workspace),
};

async function writing<Outcome>(workspace: string, body: (db: WriteConnection) => Outcome): Promise<Outcome> {
  const { openWorkspace } = await import("../storage/open-workspace.ts");
  const db = openWorkspace(workspace);
  try {
    return body(db);
  } finally {
    db.close();
  }
}

interface ParentPort {
  postMessage(message: unknown): void;
}

async function outcome(name: string, input: string): Promise<Result<unknown>> {
  try {
    const task = TASKS[name as SideTaskName] as (input: unknown, report: AsideProgress) => Promise<unknown>;
    return success(await task(JSON.parse(input), (done, total) => post({ done, total })));
  } catch (error) {
    return failure(error);
  }
}

// Electron's utility processes talk through a port of their own.
const { parentPort } = process as NodeJS.Process & { readonly parentPort?: ParentPort };

function post(message: AsideMessage): void {
  if (parentPort !== undefined) parentPort.postMessage(message);
  else process.send?.(message);
}

const [name = "", input = "{}"] = process.argv.slice(2);
const result = await outcome(name, input);
if (parentPort !== undefined) {
  parentPort.postMessage(result);
  // The message has to get out before the process ends.
  setTimeout(() => process.exit(0), 100);
} else {
  process.send?.(result, undefined, undefined, () => process.disconnect());
}
