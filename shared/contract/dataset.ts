// Calls about editable datasets: the long table, facets, one row, changes, versions, statistics. Importing and exporting files are
// dataset-files.ts. Nothing is ever overwritten: each change is a version, and undo, redo and restore are versions too.

import { z } from "zod";
import { bulkChangeSchema, datasetFilterSchema, datasetSortSchema, rowEditSchema, rowSelectionSchema } from "../domain/dataset.ts";
import type {
  DatasetDiffPage,
  DatasetFacets,
  DatasetPage,
  DatasetRowDetail,
  DatasetStatistics,
  DatasetSummary,
  DatasetVersion,
  FoundRow,
  RunningChange,
} from "../domain/dataset.ts";
import type { ListedAnswer } from "../domain/answer-check.ts";
import { defineCall } from "./call.ts";
import { pathSchema } from "./models.ts";
import type { JobStarted } from "./training.ts";

export const datasetIdSchema = z.int().positive();
const view = { datasetId: datasetIdSchema, filter: datasetFilterSchema.default({}) };
const page = { offset: z.int().nonnegative().default(0), limit: z.int().min(1).max(500).default(100) };
const checked = {
  jobId: z.int().positive(),
  show: z.enum(["all", "failed", "disagreeing"]).default("all"),
  rule: z.string().max(200).optional(),
};
export const datasetNameSchema = z.string().trim().min(1).max(200);

/** The new version, or the old one where nothing was to change. */
export interface DatasetChanged {
  readonly version: number;
  readonly changed: number;
  /** Of added rows, in the order they were given. */
  readonly addedRowIds: readonly number[];
}

export const datasetContract = {
  /** Last changed first. */
  list: defineCall(z.strictObject({}))<readonly DatasetSummary[]>(),
  get: defineCall(z.strictObject({ datasetId: datasetIdSchema }))<DatasetSummary>(),
  /** Empty, or with the records of `from`: the name of a DatasetChoice. */
  create: defineCall(z.strictObject({ name: datasetNameSchema, from: z.string().min(1).max(4096).optional() }))<DatasetSummary>(),
  rename: defineCall(z.strictObject({ datasetId: datasetIdSchema, name: datasetNameSchema }))<DatasetSummary>(),
  rows: defineCall(z.strictObject({ ...view, sort: datasetSortSchema.optional(), ...page }))<DatasetPage>(),
  /** Ids of the rows of a view in order, for a selection of many. */
  rowIds: defineCall(z.strictObject({ ...view, sort: datasetSortSchema.optional() }))<{
    readonly version: number;
    readonly rowIds: readonly number[];
  }>(),
  /**
   * A row by its number, else by its id or how that begins; the first one of the view, else of the dataset. Quotes around digits make
   * an id of them. Null where there is none.
   */
  findRow: defineCall(
    z.strictObject({ ...view, sort: datasetSortSchema.optional(), wanted: z.string().trim().min(1).max(500) }),
  )<FoundRow | null>(),
  facets: defineCall(z.strictObject(view))<DatasetFacets>(),
  statistics: defineCall(z.strictObject(view))<DatasetStatistics>(),
  row: defineCall(z.strictObject({ datasetId: datasetIdSchema, rowId: z.int().positive() }))<DatasetRowDetail>(),
  /** All of the changes or none, as one version. */
  edit: defineCall(
    z.strictObject({
      datasetId: datasetIdSchema,
      edits: z.array(rowEditSchema).min(1).max(1000),
      /** What the version is called; made up of the changes by default. */
      title: z.string().trim().max(200).optional(),
    }),
  )<DatasetChanged>(),
  /** The same change for many rows, as one version. */
  bulkEdit: defineCall(
    z.strictObject({ datasetId: datasetIdSchema, selection: rowSelectionSchema, change: bulkChangeSchema }),
  )<DatasetChanged>(),
  /** Changes of many rows that go on, of all datasets: made, undone, done again or restored. */
  changing: defineCall(z.strictObject({}))<readonly RunningChange[]>(),
  /** Ends a change of many rows that goes on: its call fails with "cancelled" and nothing is changed. False where none goes on. */
  cancelBulkEdit: defineCall(z.strictObject({ datasetId: datasetIdSchema }))<{ readonly cancelled: boolean }>(),
  undo: defineCall(z.strictObject({ datasetId: datasetIdSchema }))<DatasetChanged>(),
  redo: defineCall(z.strictObject({ datasetId: datasetIdSchema }))<DatasetChanged>(),
  /**
   * A "verify" job over the rows of a view: their demonstrations, or answers from a file of JSON lines {id, answer}. Its result says how
   * many follow and which rules fail. Null when the user gave up.
   */
  checkAnswers: defineCall(
    z.strictObject({ ...view, answers: z.enum(["demonstrations", "file"]).default("demonstrations"), path: pathSchema }),
  )<JobStarted | null>(),
  /** Answers that a "verify" job found wrong or read in two ways, in the order of the rows; also while it goes on. */
  checkedAnswers: defineCall(z.strictObject({ ...checked, ...page }))<{
    readonly total: number;
    readonly answers: readonly ListedAnswer[];
  }>(),
  /** Their rows, each once; those that are no longer in the dataset are left out. */
  checkedRows: defineCall(z.strictObject(checked))<{ readonly rowIds: readonly number[] }>(),
  /** Newest first. */
  versions: defineCall(z.strictObject({ datasetId: datasetIdSchema, ...page }))<readonly DatasetVersion[]>(),
  /** What differs between two versions, in the order of the rows. */
  diff: defineCall(
    z.strictObject({ datasetId: datasetIdSchema, from: z.int().nonnegative(), to: z.int().nonnegative(), ...page }),
  )<DatasetDiffPage>(),
  /** Brings the rows back as they were at a version. */
  restore: defineCall(z.strictObject({ datasetId: datasetIdSchema, version: z.int().nonnegative() }))<DatasetChanged>(),
};
