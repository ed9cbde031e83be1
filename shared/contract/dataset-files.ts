// Calls that take files into datasets, show what would come of it, mend what could not be read, and write datasets into files.

import { z } from "zod";
import { datasetFilterSchema } from "../domain/dataset.ts";
import { EXPORT_CONTENTS, EXPORT_FILE_FORMATS, mappingSchema } from "../domain/dataset-files.ts";
import type {
  ExportSummary,
  ImportedDataset,
  ImportPreview,
  ImportProgress,
  Mapping,
  PastImport,
  RepairedRows,
  WaitingRow,
} from "../domain/dataset-files.ts";
import { defineCall } from "./call.ts";
import { datasetIdSchema, datasetNameSchema } from "./dataset.ts";
import { pathSchema } from "./models.ts";

const reading = {
  /** File or folder; absent: a file is asked for. */
  path: pathSchema,
  /** Name of a layout; found out row by row by default. */
  schema: z.string().max(100).optional(),
  mapping: mappingSchema.optional(),
};

export const datasetFilesContract = {
  /** Layouts that are recognised. */
  layouts: defineCall(z.strictObject({}))<readonly { readonly name: string; readonly title: string }[]>(),
  /** Stores nothing. Null when the user gave up. */
  preview: defineCall(z.strictObject(reading))<(ImportPreview & { readonly path: string }) | null>(),
  /**
   * Into the dataset of that name, made where it is absent (by default named after the file). Answers when it is done; meanwhile
   * `progress` tells how far it is. All of it or nothing. Null when the user gave up.
   */
  import: defineCall(
    z.strictObject({ ...reading, name: datasetNameSchema.optional(), split: z.string().max(100).optional() }),
  )<ImportedDataset | null>(),
  /** Of the imports that are going on. */
  progress: defineCall(z.strictObject({}))<readonly (ImportProgress & { readonly datasetId: number; readonly importId: number })[]>(),
  /** What came of an import that is done; null where it is going on or was ended. */
  imported: defineCall(z.strictObject({ importId: z.int().positive() }))<PastImport | null>(),
  /** False where it is not going on. What it has written goes away. */
  cancelImport: defineCall(z.strictObject({ importId: z.int().positive() }))<{ readonly cancelled: boolean }>(),
  /** What waits for repair, in the order it came in. */
  waiting: defineCall(
    z.strictObject({ datasetId: datasetIdSchema, offset: z.int().nonnegative().default(0), limit: z.int().min(1).max(500).default(100) }),
  )<{ readonly total: number; readonly rows: readonly WaitingRow[] }>(),
  /** `text`: the row as JSON, in any layout. Fails with "invalid-record" while something is still wrong with it. */
  repair: defineCall(z.strictObject({ datasetId: datasetIdSchema, id: z.int().positive(), text: z.string().max(40_000_000) }))<{
    readonly version: number;
    readonly added: boolean;
  }>(),
  /** Every row that waits is tried again: as it was edited, else as it stands. What can be read now comes in as one version. */
  repairAll: defineCall(
    z.strictObject({
      datasetId: datasetIdSchema,
      edited: z
        .array(z.strictObject({ id: z.int().positive(), text: z.string().max(1_000_000) }))
        .max(1000)
        .default([]),
      mapping: mappingSchema.optional(),
    }),
  )<RepairedRows>(),
  discard: defineCall(z.strictObject({ datasetId: datasetIdSchema, ids: z.array(z.int().positive()).min(1).max(10_000) }))<{
    readonly discarded: number;
  }>(),
  /** Null when the user gave up. */
  export: defineCall(
    z.strictObject({
      datasetId: datasetIdSchema,
      /** A file that is written or replaced; for "huggingface" a folder that does not exist yet. */
      path: pathSchema,
      format: z.enum(EXPORT_FILE_FORMATS),
      content: z.enum(EXPORT_CONTENTS).default("rows"),
      filter: datasetFilterSchema.optional(),
      version: z.int().nonnegative().optional(),
    }),
  )<ExportSummary | null>(),
  /** Mappings that were saved, by name. */
  mappings: defineCall(z.strictObject({}))<Readonly<Record<string, Mapping>>>(),
  /** Null removes it. */
  saveMapping: defineCall(z.strictObject({ name: datasetNameSchema, mapping: mappingSchema.nullable() }))<
    Readonly<Record<string, Mapping>>
  >(),
};
