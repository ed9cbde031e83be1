// Takes runs, or a whole workspace, to another place as one file, and brings runs in from one. The work is SQLite's and blocks, so a
// host has it done in a process of its own.

import { randomUUID } from "node:crypto";
import { existsSync, realpathSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { WorkbenchError } from "../../shared/errors.ts";
import { copyRuns } from "../storage/copy-runs.ts";
import type { RunId } from "../storage/ids.ts";
import { openWorkspace, openWorkspaceReadOnly } from "../storage/open-workspace.ts";
import { makeSingleFile, snapshotInto } from "../storage/single-file.ts";

export interface ExportFileRequest {
  readonly workspace: string;
  /** Absent: the whole workspace with its settings, jobs and notes. */
  readonly runIds?: readonly number[];
  readonly to: string;
  /** An existing file is replaced, once the new one is whole. */
  readonly replace: boolean;
}

/** Reads beside a working engine. Throws "invalid-argument" where `to` cannot be, "not-found", and storage errors; then nothing is left behind. */
export function exportWorkspaceFile({ workspace, runIds, to, replace }: ExportFileRequest): { readonly path: string } {
  const path = writablePath(workspace, to, replace);
  const partial = besideOf(path);
  try {
    if (runIds === undefined) exportAll(workspace, partial);
    else exportRuns(workspace, runIds as readonly RunId[], partial);
    renameSync(partial, path);
  } finally {
    removeDatabase(partial);
  }
  return { path };
}

function exportAll(workspace: string, partial: string): void {
  const db = openWorkspaceReadOnly(workspace);
  try {
    snapshotInto(db, partial);
  } finally {
    db.close();
  }
}

function exportRuns(workspace: string, runIds: readonly RunId[], partial: string): void {
  const source = openWorkspaceReadOnly(workspace);
  const target = openWorkspace(partial, { create: true });
  try {
    copyRuns(target, source.name, runIds);
    makeSingleFile(target);
  } finally {
    target.close();
    source.close();
  }
}

/**
 * Copies every run of `from`, which stays as it is, into the workspace, all or none. Throws what opening `from` throws, and storage
 * errors.
 */
export function importRunsFrom(from: string, workspace: string): { readonly runIds: readonly number[] } {
  const target = openWorkspace(workspace);
  const snapshot = besideOf(target.name);
  try {
    if (existsSync(from) && realpathSync(from) === realpathSync(target.name)) {
      throw new WorkbenchError("invalid-argument", "this is the workspace that is open", { where: from });
    }
    // A copy, because the file may be of an older version and must not be migrated itself.
    const source = openWorkspaceReadOnly(from, { migrationDue: "allow" });
    try {
      snapshotInto(source, snapshot);
    } finally {
      source.close();
    }
    openWorkspace(snapshot).close();
    return { runIds: copyRuns(target, snapshot) };
  } finally {
    removeDatabase(snapshot);
    target.close();
  }
}

function writablePath(workspace: string, to: string, replace: boolean): string {
  const folder = dirname(resolve(to));
  if (!existsSync(folder)) throw new WorkbenchError("invalid-argument", "there is no such folder", { where: folder });
  const path = join(realpathSync(folder), basename(to));
  if (!existsSync(path)) return path;
  if (realpathSync(path) === realpathSync(workspace)) {
    throw new WorkbenchError("invalid-argument", "the workspace cannot be exported onto itself", { where: path });
  }
  if (!replace) throw new WorkbenchError("invalid-argument", "the file exists already", { where: path, hint: "Choose another name." });
  return path;
}

function besideOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID()}.partial`);
}

function removeDatabase(path: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal", ".lock"]) rmSync(path + suffix, { force: true });
}
