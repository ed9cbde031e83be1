// The calls about editable datasets. Changes of many rows are done in a process of their own.

import { z } from "zod";
import type { DatasetChanged, datasetContract } from "../../../shared/contract/dataset.ts";
import type { RunningChange } from "../../../shared/domain/dataset.ts";
import { failureOf } from "../../../shared/result.ts";
import { changeTitle } from "../../services/datasets/bulk-changes.ts";
import { bulkEditDataset, countSelected } from "../../services/datasets/bulk-edit.ts";
import { editDataset } from "../../services/datasets/dataset-edits.ts";
import { datasetFacets, datasetStatistics } from "../../services/datasets/dataset-facets.ts";
import {
  datasetDiff,
  datasetPage,
  datasetRow,
  datasetRowIds,
  datasetVersions,
  summariseDataset,
  summariseDatasets,
} from "../../services/datasets/dataset-views.ts";
import { moveDataset, rowsOfMove, type DatasetMove } from "../../services/datasets/move-dataset.ts";
import { findRow } from "../../services/datasets/find-row.ts";
import { makeDataset } from "../../services/datasets/make-dataset.ts";
import { requireListedDataset } from "../../services/dataset-choices.ts";
import { trainingRecords } from "../../services/training-records.ts";
import { checkedRowIds, countCheckedAnswers, listCheckedAnswers } from "../../storage/checked-answers.ts";
import { getCollection, renameCollection } from "../../storage/collections.ts";
import type { WriteConnection } from "../../storage/connection.ts";
import type { CollectionId, JobId } from "../../storage/ids.ts";
import { getJob } from "../../storage/jobs.ts";
import type { HandlersOf } from "../dispatch.ts";
import { enqueueJob } from "../enqueue-job.ts";
import type { HostContext } from "../host-context.ts";
import type { AsideProgress } from "../side-task.ts";
import { userPath } from "../user-path.ts";

const verifySchema = z.object({ request: z.object({ datasetId: z.int() }) });

/** Changes of more rows than this would be felt in the interface. */
const ROWS_IN_HOST = 500;

export const datasetHandlers: HandlersOf<typeof datasetContract> = {
  list: (_, { workspace }) => summariseDatasets(workspace.db),
  get: ({ datasetId }, { workspace }) => summariseDataset(workspace.db, datasetId as CollectionId),
  create: async ({ name, from }, context) => {
    if (from !== undefined) requireListedDataset(context.workspaces.own.db, from);
    const records = from === undefined ? undefined : (await trainingRecords(from, context.workspaces.own.db)).records;
    return change(context, (db) =>
      makeDataset(db, name, from === undefined || records === undefined ? undefined : { source: from, records }),
    );
  },
  rename: ({ datasetId, name }, context) =>
    change(context, (db) => summariseDataset(db, renameCollection(db, datasetId as CollectionId, name).id)),
  rows: ({ datasetId, filter, sort, ...page }, { workspace }) =>
    datasetPage(workspace.db, datasetId as CollectionId, { filter, sort }, page),
  rowIds: ({ datasetId, filter, sort }, { workspace }) => ({
    version: getCollection(workspace.db, datasetId as CollectionId).version,
    rowIds: datasetRowIds(workspace.db, datasetId as CollectionId, filter, sort),
  }),
  findRow: ({ datasetId, wanted, ...view }, { workspace }) => findRow(workspace.db, datasetId as CollectionId, view, wanted),
  facets: ({ datasetId, filter }, { workspace }) => datasetFacets(workspace.db, datasetId as CollectionId, filter),
  statistics: ({ datasetId, filter }, { workspace }) => datasetStatistics(workspace.db, datasetId as CollectionId, filter),
  row: ({ datasetId, rowId }, { workspace }) => datasetRow(workspace.db, datasetId as CollectionId, rowId),
  edit: ({ datasetId, edits, title }, context) => change(context, (db) => editDataset(db, datasetId as CollectionId, edits, title)),
  bulkEdit: async ({ datasetId, selection, change: what }, context) => {
    const id = datasetId as CollectionId;
    const rows = countSelected(context.workspace.db, id, selection);
    if (context.workspace.readOnly || rows <= ROWS_IN_HOST) return change(context, (db) => bulkEditDataset(db, id, selection, what));
    const task = { workspace: context.workspace.path, datasetId, selection, change: what };
    return changeAside(context, id, { title: changeTitle(what, rows), total: rows }, (signal, report) =>
      context.runAside("bulkEdit", task, report, signal),
    );
  },
  changing: (_, { changes }) => changes.list(),
  cancelBulkEdit: ({ datasetId }, { changes }) => ({ cancelled: changes.cancel(datasetId) }),
  checkAnswers: async ({ datasetId, filter, answers, path }, context) => {
    getCollection(context.workspace.db, datasetId as CollectionId);
    if (answers === "demonstrations") return enqueueJob(context, { kind: "verify", request: { datasetId, filter } });
    const title = "Check answers from a file";
    const from = path === undefined ? await context.dialogs.openFile({ title, extensions: ["jsonl", "ndjson"] }) : userPath(path);
    return from === undefined ? null : enqueueJob(context, { kind: "verify", request: { datasetId, filter, path: from } });
  },
  checkedAnswers: ({ limit, offset, ...filter }, { workspaces }) => {
    const { db } = workspaces.own;
    getJob(db, filter.jobId as JobId);
    return { total: countCheckedAnswers(db, filter), answers: listCheckedAnswers(db, filter, limit, offset) };
  },
  checkedRows: (filter, { workspaces }) => {
    const { db } = workspaces.own;
    const { request } = verifySchema.parse(getJob(db, filter.jobId as JobId).arguments);
    return { rowIds: checkedRowIds(db, request.datasetId as CollectionId, filter) };
  },
  undo: ({ datasetId }, context) => move(context, datasetId as CollectionId, { type: "undo" }),
  redo: ({ datasetId }, context) => move(context, datasetId as CollectionId, { type: "redo" }),
  versions: ({ datasetId, ...page }, { workspace }) => datasetVersions(workspace.db, datasetId as CollectionId, page),
  diff: ({ datasetId, from, to, ...page }, { workspace }) => datasetDiff(workspace.db, datasetId as CollectionId, from, to, page),
  restore: ({ datasetId, version }, context) => move(context, datasetId as CollectionId, { type: "restore", version }),
};

async function move(context: HostContext, id: CollectionId, to: DatasetMove): Promise<DatasetChanged> {
  const { workspace, runAside } = context;
  if (workspace.readOnly || rowsOfMove(workspace.db, id, to) <= ROWS_IN_HOST) return change(context, (db) => moveDataset(db, id, to));
  const { undo, redo } = summariseDataset(workspace.db, id);
  const title = to.type === "restore" ? `restore version ${to.version}` : `${to.type}: ${(to.type === "undo" ? undo : redo) ?? ""}`;
  return changeAside(context, id, { title, total: null }, (signal, report) =>
    runAside("moveDataset", { workspace: workspace.path, datasetId: id, move: to }, report, signal),
  );
}

/** In a process of its own; whoever looks is told how far it is, and that it can be ended. */
async function changeAside(
  { workspace, publish, changes }: HostContext,
  id: CollectionId,
  about: Pick<RunningChange, "title" | "total">,
  work: (signal: AbortSignal, report: AsideProgress) => Promise<DatasetChanged>,
): Promise<DatasetChanged> {
  const { version } = getCollection(workspace.db, id);
  const tell = (done: number, total: number): void => publish("change", { datasetId: id, done, total });
  try {
    return await changes.run({ datasetId: id, version, done: 0, ...about }, (signal, report) => {
      tell(0, about.total ?? 0);
      return work(signal, (done, total) => {
        report(done, total);
        tell(done, total);
      });
    });
  } catch (error) {
    // Cancelled when all was done and only not yet said.
    const [last] = datasetVersions(workspace.db, id, { offset: 0, limit: 1 });
    if (failureOf(error).code !== "cancelled" || last === undefined || last.version === version) throw error;
    return { version: last.version, changed: last.changed, addedRowIds: [] };
  } finally {
    publish("workspace", { changed: "datasets" });
  }
}

function change<Outcome>({ workspace, publish }: HostContext, body: (db: WriteConnection) => Outcome): Outcome {
  const outcome = workspace.write(body);
  publish("workspace", { changed: "datasets" });
  return outcome;
}
