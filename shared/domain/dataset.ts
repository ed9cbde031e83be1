// An editable dataset as the interface sees it: rows, what they are filtered and sorted by, changes, versions. What a run trains on
// is a frozen copy of the rows at one version; that one is DatasetChoice in training.ts.

import { z } from "zod";
import { chatMessageSchema, expertSchema } from "./instruction.ts";

/**
 * A record that may still lack its label, or hold one that this workbench cannot check yet. Every instruction record is one. The
 * label is looked at by whoever evaluates it, so that a new kind of label needs no change here.
 */
export const draftRecordSchema = z.strictObject({
  id: z.string().min(1).max(500),
  messages: z.array(chatMessageSchema).min(1),
  input: z.string().optional(),
  label: z.record(z.string(), z.unknown()).optional(),
  expert: expertSchema.optional(),
  tags: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});
export type DraftRecord = z.infer<typeof draftRecordSchema>;

/** nested: a composition inside another. none: no label, or a label without composition. */
export const DATASET_COMPOSITIONS = ["single", "and", "chain", "selection", "nested", "maths", "none"] as const;
export type DatasetComposition = (typeof DATASET_COMPOSITIONS)[number];

/** ready: can be trained on. unlabelled: nothing verifies an answer. problem: it has a label that cannot be used; why is said. */
export const ROW_STATES = ["ready", "unlabelled", "problem"] as const;
export type RowState = (typeof ROW_STATES)[number];

export const DATASET_COLUMNS = [
  "position",
  "id",
  "composition",
  "depth",
  "checks",
  "language",
  "length",
  "split",
  "source",
  "format",
  "state",
  "expert",
  "tags",
] as const;
export type DatasetColumn = (typeof DATASET_COLUMNS)[number];

const values = z.array(z.string().max(1000)).min(1).max(1000);

/** Every part has to hold. Within a list any one value is enough; "" stands for rows without a value. */
export const datasetFilterSchema = z.strictObject({
  /** Words in the messages, the input or the demonstration; "a phrase" in quotes, a word's beginning with *, -word excludes. */
  search: z.string().max(1000).optional(),
  compositions: z.array(z.enum(DATASET_COMPOSITIONS)).min(1).optional(),
  depths: z.array(z.int().nonnegative()).min(1).max(100).optional(),
  /** Rows that have every one of these rules. */
  rules: values.optional(),
  languages: values.optional(),
  sources: values.optional(),
  splits: values.optional(),
  formats: values.optional(),
  /** Rows that have every one of these tags, "name" or "name=value" as facets show them. */
  tags: values.optional(),
  states: z.array(z.enum(ROW_STATES)).min(1).optional(),
  expert: z.boolean().optional(),
  /** Characters of the messages. */
  minLength: z.int().nonnegative().optional(),
  maxLength: z.int().nonnegative().optional(),
});
export type DatasetFilter = z.infer<typeof datasetFilterSchema>;

export const datasetSortSchema = z.strictObject({ column: z.enum(DATASET_COLUMNS), descending: z.boolean().default(false) });
export type DatasetSort = z.infer<typeof datasetSortSchema>;

export interface DatasetSummary {
  readonly id: number;
  readonly name: string;
  readonly rows: number;
  readonly version: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Rows of imports that could not be read and wait for repair. */
  readonly rejected: number;
  /** What undo would take back, in words; null when there is nothing. */
  readonly undo: string | null;
  readonly redo: string | null;
}

/** One line of the table. */
export interface DatasetRow {
  readonly rowId: number;
  /** Changes with every change of the row. */
  readonly stateId: number;
  /** Place in the dataset, from 1. */
  readonly position: number;
  readonly id: string;
  /** First part of the last user message. */
  readonly text: string;
  readonly composition: DatasetComposition;
  readonly depth: number;
  readonly checks: number;
  readonly rules: readonly string[];
  readonly language: string;
  readonly length: number;
  readonly split: string;
  readonly source: string;
  readonly format: string;
  readonly tags: readonly string[];
  readonly expert: boolean;
  readonly state: RowState;
  /** Why the row is no "ready" one. */
  readonly problem: string | null;
}

export interface DatasetPage {
  readonly total: number;
  readonly version: number;
  readonly rows: readonly DatasetRow[];
}

/** Where a row stands that somebody asked for by number or id. */
export interface FoundRow {
  readonly rowId: number;
  readonly id: string;
  /** From 1, as rows show it. */
  readonly position: number;
  /** Place in the view that was asked about, from 0; null where its filter leaves the row out. */
  readonly index: number | null;
}

export interface DatasetRowDetail extends DatasetRow {
  readonly record: DraftRecord;
  /** Every field as it was imported; null where the record itself is that. */
  readonly original: Readonly<Record<string, unknown>> | null;
  readonly history: readonly { readonly version: number; readonly title: string; readonly createdAtMs: number }[];
}

export interface FacetValue {
  readonly value: string;
  readonly rows: number;
}

/** Each facet is counted over the rows that pass all of the filter but its own part. */
export interface DatasetFacets {
  readonly total: number;
  readonly version: number;
  readonly compositions: readonly FacetValue[];
  readonly depths: readonly FacetValue[];
  readonly rules: readonly FacetValue[];
  readonly languages: readonly FacetValue[];
  readonly sources: readonly FacetValue[];
  readonly splits: readonly FacetValue[];
  readonly formats: readonly FacetValue[];
  readonly tags: readonly FacetValue[];
  readonly states: readonly FacetValue[];
  readonly experts: readonly FacetValue[];
  readonly lengths: LengthRange;
}

export interface LengthRange {
  readonly shortest: number;
  readonly median: number;
  readonly longest: number;
}

export interface DatasetStatistics {
  readonly rows: number;
  readonly version: number;
  readonly ready: number;
  readonly experts: number;
  readonly rules: readonly FacetValue[];
  readonly compositions: readonly FacetValue[];
  readonly depths: readonly FacetValue[];
  readonly languages: readonly FacetValue[];
  readonly splits: readonly FacetValue[];
  /** Rows by characters of the messages, in bins of [from, to). */
  readonly lengths: readonly { readonly from: number; readonly to: number; readonly rows: number }[];
  /** Rows with a rule, by composition; pairs without rows are left out. */
  readonly coverage: readonly { readonly rule: string; readonly composition: DatasetComposition; readonly rows: number }[];
}

export const VERSION_KINDS = ["create", "import", "edit", "undo", "redo", "restore"] as const;
export type VersionKind = (typeof VERSION_KINDS)[number];

export interface DatasetVersion {
  readonly version: number;
  readonly kind: VersionKind;
  /** What was done, in words. */
  readonly title: string;
  /** The version an undo, redo or restore is about. */
  readonly about: number | null;
  readonly changed: number;
  /** Rows after it. */
  readonly rows: number;
  readonly createdAtMs: number;
}

/** A change of many rows that goes on; none of it is to be seen before all is done. */
export interface RunningChange {
  readonly datasetId: number;
  /** What its version will be called. */
  readonly title: string;
  /** The dataset's version before it. */
  readonly version: number;
  readonly done: number;
  /** Rows that it goes through; null where that is not told. */
  readonly total: number | null;
}

export interface DatasetDifference {
  readonly rowId: number;
  readonly change: "added" | "removed" | "changed";
  readonly before: StoredRowState | null;
  readonly after: StoredRowState | null;
}

export interface StoredRowState {
  readonly record: DraftRecord;
  readonly split: string;
}

export interface DatasetDiffPage {
  readonly total: number;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly differences: readonly DatasetDifference[];
}

const rowIdSchema = z.int().positive();
const splitSchema = z.string().max(100);
const sourceSchema = z.string().max(1000);
const tagSchema = z.string().min(1).max(300);

/** One change of one row. `stateId` of the row as it was read makes the change fail where somebody else was faster. */
export const rowEditSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("set"),
    rowId: rowIdSchema,
    stateId: z.int().positive().optional(),
    record: draftRecordSchema.optional(),
    split: splitSchema.optional(),
    source: sourceSchema.optional(),
  }),
  z.strictObject({
    type: z.literal("add"),
    record: draftRecordSchema,
    split: splitSchema.default(""),
    source: sourceSchema.default(""),
  }),
  z.strictObject({ type: z.literal("remove"), rowId: rowIdSchema, stateId: z.int().positive().optional() }),
]);
export type RowEdit = z.infer<typeof rowEditSchema>;

/** A tag is "name" or "name=value"; numbers and true or false are kept as such. */
export const bulkChangeSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("split"), split: splitSchema }),
  /** Rows are dealt out at random in these shares, the same for the same seed. */
  z.strictObject({
    type: z.literal("deal-splits"),
    shares: z.record(splitSchema, z.number().min(0).max(1)),
    seed: z.int().min(0).max(0xffffffff).default(0),
  }),
  z.strictObject({ type: z.literal("tags"), add: z.array(tagSchema).max(50).default([]), remove: z.array(tagSchema).max(50).default([]) }),
  z.strictObject({ type: z.literal("replace-text"), find: z.string().min(1).max(10_000), replacement: z.string().max(10_000) }),
  z.strictObject({ type: z.literal("drop-expert") }),
  z.strictObject({ type: z.literal("remove") }),
]);
export type BulkChange = z.infer<typeof bulkChangeSchema>;

/** Which rows a bulk change is about. */
export const rowSelectionSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("filter"), filter: datasetFilterSchema }),
  z.strictObject({ type: z.literal("rows"), rowIds: z.array(rowIdSchema).min(1).max(200_000) }),
]);
export type RowSelection = z.infer<typeof rowSelectionSchema>;
