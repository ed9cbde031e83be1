// The calls between datasets and files. Large files are read and written in processes of their own.

import { basename } from "node:path";
import type { datasetFilesContract } from "../../../shared/contract/dataset-files.ts";
import type { PastImport } from "../../../shared/domain/dataset-files.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { isPreviewedAtOnce, previewImport } from "../../services/datasets/preview-import.ts";
import { discardRows, repairAllRows, repairRow } from "../../services/datasets/rejected-rows.ts";
import { savedMappings, saveMapping } from "../../services/datasets/saved-mappings.ts";
import { LAYOUTS } from "../../services/datasets/schemas/convert-row.ts";
import { askToCancelImport, finishedImport, listRejects, runningImports } from "../../storage/collection-imports.ts";
import { countRejects, getCollection } from "../../storage/collections.ts";
import type { CollectionId } from "../../storage/ids.ts";
import type { HandlersOf } from "../dispatch.ts";
import type { HostContext } from "../host-context.ts";
import { userPath } from "../user-path.ts";

const EXTENSIONS = ["jsonl", "ndjson", "json", "csv", "tsv", "parquet", "gz", "zst"];

export const datasetFilesHandlers: HandlersOf<typeof datasetFilesContract> = {
  layouts: () => LAYOUTS,
  preview: async ({ path, ...choice }, context) => {
    const from = await pathToRead(context, path);
    if (from === undefined) return null;
    const request = { ...choice, path: from };
    // What is in a file of others must not end the host.
    const preview = await ((await isPreviewedAtOnce(from)) ? previewImport(request) : context.runAside("previewImport", request));
    return { path: from, ...preview };
  },
  import: async ({ path, ...choice }, context) => {
    const workspace = ownPath(context);
    const from = await pathToRead(context, path);
    if (from === undefined) return null;
    const imported = await context.runAside("importDataset", { ...choice, path: from, workspace });
    context.publish("workspace", { changed: "datasets" });
    return imported;
  },
  progress: (_, { workspace }) => runningImports(workspace.db),
  imported: ({ importId }, { workspace }) => {
    const found = finishedImport(workspace.db, importId);
    if (found === null) return null;
    const { id, name } = getCollection(workspace.db, found.id);
    return { ...(found.summary as Omit<PastImport, "dataset" | "datasetId">), dataset: name, datasetId: id };
  },
  cancelImport: ({ importId }, { workspace }) => ({ cancelled: workspace.write((db) => askToCancelImport(db, importId)) }),
  waiting: ({ datasetId, offset, limit }, { workspace }) => {
    const { id } = getCollection(workspace.db, datasetId as CollectionId);
    return { total: countRejects(workspace.db, id), rows: listRejects(workspace.db, id, limit, offset) };
  },
  repair: ({ datasetId, id, text }, { workspace, publish }) => {
    const repaired = workspace.write((db) => repairRow(db, datasetId as CollectionId, id, text));
    publish("workspace", { changed: "datasets" });
    return repaired;
  },
  repairAll: ({ datasetId, ...request }, { workspace, publish }) => {
    const repaired = workspace.write((db) => repairAllRows(db, datasetId as CollectionId, request));
    publish("workspace", { changed: "datasets" });
    return repaired;
  },
  discard: ({ datasetId, ids }, { workspace, publish }) => {
    const discarded = workspace.write((db) => discardRows(db, datasetId as CollectionId, ids));
    publish("workspace", { changed: "datasets" });
    return { discarded };
  },
  export: async ({ datasetId, path, ...request }, context) => {
    const { name } = getCollection(context.workspace.db, datasetId as CollectionId);
    const suggestedName = `${basename(name)}${request.format === "huggingface" ? "" : `.${request.format}`}`;
    const to =
      path === undefined ? await context.dialogs.saveFile({ title: "Write the dataset into a file", suggestedName }) : userPath(path);
    if (to === undefined) return null;
    return context.runAside("exportDataset", { ...request, path: to, datasetId, workspace: context.workspace.path });
  },
  mappings: (_, { workspaces }) => savedMappings(workspaces.own.db),
  saveMapping: ({ name, mapping }, { workspaces }) => workspaces.own.write((db) => saveMapping(db, name, mapping)),
};

async function pathToRead({ dialogs }: HostContext, path: string | undefined): Promise<string | undefined> {
  return path === undefined ? await dialogs.openFile({ title: "Import records from a file", extensions: EXTENSIONS }) : userPath(path);
}

/** Throws "read-only". */
function ownPath({ workspace }: HostContext): string {
  if (workspace.readOnly)
    throw new WorkbenchError("read-only", "data is imported into your own workspace", { hint: "Go back to it first." });
  return workspace.path;
}
