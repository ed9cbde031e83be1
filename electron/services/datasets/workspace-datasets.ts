// Datasets of a workspace file by name, for the command line and for helping processes: opened, asked or changed, closed.

import { basename } from "node:path";
import { readFile } from "node:fs/promises";
import type { DatasetDiffPage, DatasetStatistics, DatasetSummary } from "../../../shared/domain/dataset.ts";
import { mappingSchema, type ExportSummary, type ImportedDataset, type Mapping } from "../../../shared/domain/dataset-files.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { createCollection, findCollection, removeUntouchedCollection } from "../../storage/collections.ts";
import type { ReadConnection } from "../../storage/connection.ts";
import { openWorkspace, openWorkspaceReadOnly } from "../../storage/open-workspace.ts";
import { datasetStatistics } from "./dataset-facets.ts";
import { datasetDiff, summariseDatasets, type Page } from "./dataset-views.ts";
import { exportDataset, type ExportRequest } from "./export-dataset.ts";
import { requireCollection } from "./find-collection.ts";
import { importFiles, type ImportHooks, type ImportRequest } from "./import-files.ts";

export interface WorkspaceImport extends ImportRequest {
  readonly workspace: string;
  /** Dataset to import into, made where it is absent; named after the file by default. */
  readonly name?: string | undefined;
}

/** Throws what importFiles throws. */
export async function importIntoWorkspace(request: WorkspaceImport, hooks: ImportHooks = {}): Promise<ImportedDataset> {
  const db = openWorkspace(request.workspace, { create: true });
  try {
    const name = request.name ?? datasetName(request.path);
    const present = findCollection(db, name);
    const { id } = present ?? createCollection(db, name);
    try {
      return { ...(await importFiles(db, id, request, hooks)), dataset: name, datasetId: id };
    } catch (error) {
      if (present === undefined) removeUntouchedCollection(db, id);
      throw error;
    }
  } finally {
    db.close();
  }
}

/** "data/train.jsonl.gz" is "train". */
export function datasetName(path: string): string {
  const name = basename(path).replace(/\.(gz|zst)$/i, "");
  return (name.replace(/\.(jsonl|ndjson|json|csv|tsv|parquet)$/i, "") || name || "data").slice(0, 200);
}

/** Throws "file-not-found" and "invalid-argument". */
export async function readMapping(path: string): Promise<Mapping> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new WorkbenchError("file-not-found", "cannot read the mapping", { where: path }, { cause });
  }
  return parseMapping(text, path);
}

function parseMapping(text: string, where: string): Mapping {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new WorkbenchError("invalid-json", "the mapping is not JSON", { where }, { cause });
  }
  const parsed = mappingSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new WorkbenchError("invalid-argument", "the mapping does not fit", {
    where: `${where}, ${issue?.path.join(".") ?? ""}`,
    expected: issue?.message ?? "",
  });
}

/** Throws "not-found" where no dataset has the name or id. */
export function exportFromWorkspace(workspace: string, dataset: string, request: ExportRequest): ExportSummary {
  return reading(workspace, (db) => exportDataset(db, requireCollection(db, dataset).id, request));
}

export function workspaceDatasets(workspace: string): DatasetSummary[] {
  return reading(workspace, summariseDatasets);
}

export function workspaceStatistics(workspace: string, dataset: string, search?: string): DatasetStatistics {
  return reading(workspace, (db) => datasetStatistics(db, requireCollection(db, dataset).id, search === undefined ? {} : { search }));
}

/** Of a file or folder that is in no workspace. */
export async function fileStatistics(path: string, hooks: ImportHooks = {}): Promise<DatasetStatistics> {
  const db = openWorkspace(":memory:");
  try {
    const { id } = createCollection(db, datasetName(path));
    await importFiles(db, id, { path }, hooks);
    return datasetStatistics(db, id, {});
  } finally {
    db.close();
  }
}

/** `to` is the present version by default, `from` the one before it. */
export function workspaceDiff(
  workspace: string,
  dataset: string,
  { from, to }: { readonly from?: number | undefined; readonly to?: number | undefined },
  page: Page,
): DatasetDiffPage & { readonly from: number; readonly to: number } {
  return reading(workspace, (db) => {
    const { id, version } = requireCollection(db, dataset);
    const until = to ?? version;
    const since = from ?? Math.max(0, until - 1);
    return { from: since, to: until, ...datasetDiff(db, id, since, until, page) };
  });
}

function reading<Outcome>(workspace: string, body: (db: ReadConnection) => Outcome): Outcome {
  const db = openWorkspaceReadOnly(workspace);
  try {
    return body(db);
  } finally {
    db.close();
  }
}
