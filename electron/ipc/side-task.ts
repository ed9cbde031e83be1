// Work that would block the host: done in a short-lived process of its own, whose outcome comes back as a message. This is the
// task list and the launcher for plain Node; Electron's launcher lives in electron/main.

import { fork } from "node:child_process";
import { extname, join } from "node:path";
import type { DoctorFinding } from "../../shared/contract/app.ts";
import type { DatasetChanged } from "../../shared/contract/dataset.ts";
import type { BulkChange, RowSelection } from "../../shared/domain/dataset.ts";
import type { ExportSummary, ImportedDataset, ImportPreview } from "../../shared/domain/dataset-files.ts";
import type { DatasetChoice } from "../../shared/domain/training.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import { unwrap, type Result } from "../../shared/result.ts";
import type { DatasetMove } from "../services/datasets/move-dataset.ts";
import type { ExportRequest } from "../services/datasets/export-dataset.ts";
import type { ImportRequest } from "../services/datasets/import-files.ts";
import type { WorkspaceImport } from "../services/datasets/workspace-datasets.ts";
import type { QuantiseOutcome, QuantiseRequest } from "../services/quantise-model.ts";
import type { ExportFileRequest } from "../services/workspace-files.ts";

export interface SideTasks {
  readonly doctor: { readonly input: { readonly workspace: string }; readonly output: readonly DoctorFinding[] };
  readonly export: { readonly input: ExportFileRequest; readonly output: { readonly path: string } };
  readonly importData: { readonly input: { readonly path: string; readonly workspace: string }; readonly output: DatasetChoice };
  readonly importDataset: { readonly input: WorkspaceImport; readonly output: ImportedDataset };
  readonly previewImport: { readonly input: ImportRequest; readonly output: ImportPreview };
  readonly exportDataset: {
    readonly input: ExportRequest & { readonly workspace: string; readonly datasetId: number };
    readonly output: ExportSummary;
  };
  readonly quantise: { readonly input: QuantiseRequest; readonly output: QuantiseOutcome };
  readonly moveDataset: {
    readonly input: { readonly workspace: string; readonly datasetId: number; readonly move: DatasetMove };
    readonly output: DatasetChanged;
  };
  readonly bulkEdit: {
    readonly input: {
      readonly workspace: string;
      readonly datasetId: number;
      readonly selection: RowSelection;
      readonly change: BulkChange;
    };
    readonly output: DatasetChanged;
  };
  readonly import: {
    readonly input: { readonly from: string; readonly workspace: string };
    readonly output: { readonly runIds: readonly number[] };
  };
}

export type SideTaskName = keyof SideTasks;

export type AsideProgress = (done: number, total: number) => void;

/** Throws what the task threw, and "engine-failed" where its process died. Few tasks tell how far they are. */
export type RunAside = <Name extends SideTaskName>(
  name: Name,
  input: SideTasks[Name]["input"],
  onProgress?: AsideProgress,
  /** Ends the process; what was not done whole by then fails with "cancelled". */
  signal?: AbortSignal,
) => Promise<SideTasks[Name]["output"]>;

/** Compiled like this file, where this file is. */
export const SIDE_TASK_ENTRY = join(import.meta.dirname, `side-task-entry${extname(import.meta.filename)}`);

/** What the process of a task says: how far it is, any number of times, then its result. */
export type AsideMessage = Result<unknown> | { readonly done: number; readonly total: number };

/** Starts a process with `[name, JSON of the input]` as arguments; gives its result, undefined where it died without one. */
export type LaunchAside = (
  args: readonly [name: string, input: string],
  onProgress: AsideProgress,
  signal: AbortSignal | undefined,
) => Promise<Result<unknown> | undefined>;

/** For launchers: a listener of a task's messages that passes on progress and ends with the result. */
export function asideListener(onProgress: AsideProgress, onResult: (result: Result<unknown>) => void): (message: unknown) => void {
  return (message) => {
    const said = message as AsideMessage;
    if ("done" in said) onProgress(said.done, said.total);
    else onResult(said);
  };
}

export function sideTasks(launch: LaunchAside): RunAside {
  return async <Name extends SideTaskName>(
    name: Name,
    input: SideTasks[Name]["input"],
    onProgress: AsideProgress = () => undefined,
    signal?: AbortSignal,
  ) => {
    const result = await launch([name, JSON.stringify(input)], onProgress, signal);
    if (result === undefined && signal?.aborted === true) throw new WorkbenchError("cancelled", "it was cancelled; nothing was changed");
    if (result === undefined) {
      throw new WorkbenchError("engine-failed", "a helping process ended before its work was done", { where: name, hint: "Try it again." });
    }
    return unwrap(result as Result<SideTasks[Name]["output"]>);
  };
}

export const launchNodeAside: LaunchAside = (args, onProgress, signal) =>
  new Promise((resolve) => {
    const child = fork(SIDE_TASK_ENTRY, [...args], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    child.on("message", asideListener(onProgress, resolve));
    signal?.addEventListener("abort", () => child.kill("SIGKILL"));
    child.once("error", () => resolve(undefined));
    child.once("close", () => resolve(undefined));
  });
