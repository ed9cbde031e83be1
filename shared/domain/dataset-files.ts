// What goes between datasets and files: what an import found and made, the mapping for unknown layouts, what an export writes.

import { z } from "zod";
import type { DraftRecord } from "./dataset.ts";

const path = z.string().min(1).max(200);

/** Which field of a record of an unknown layout is what, by dotted path. */
export const mappingSchema = z.strictObject({
  /** What the user asks for. */
  prompt: path,
  system: path.optional(),
  /** Appended to the prompt, and what Selection conditions look at. */
  input: path.optional(),
  id: path.optional(),
  /** The right answer of a maths problem. */
  answer: path.optional(),
  /** A list of yes/no questions about the response. */
  questions: path.optional(),
  /** A demonstration, with or without a think block. */
  response: path.optional(),
  split: path.optional(),
  tags: z.array(path).max(100).default([]),
});
export type Mapping = z.infer<typeof mappingSchema>;

export interface RejectedRow {
  /** File, below the folder that was imported. */
  readonly source: string;
  /** Line, or number of the record where a format has no lines, from 1. */
  readonly line: number;
  /** "" where the row as a whole is meant. */
  readonly field: string;
  readonly reason: string;
}

export interface ImportSummary {
  /** Rows that are new in the dataset. */
  readonly imported: number;
  /** Rows that it had already. */
  readonly known: number;
  /** Rows that were kept aside, those known from before among them. */
  readonly rejected: number;
  /** Rows that are no records of their own, kept beside the others. */
  readonly context: number;
  /** Records that cannot be trained on as they are. */
  readonly notReady: number;
  readonly files: number;
  /** Records by layout. */
  readonly formats: Readonly<Record<string, number>>;
  /** The first rejected rows. */
  readonly firstRejected: readonly RejectedRow[];
  readonly version: number;
}

export interface ImportedDataset extends ImportSummary {
  readonly dataset: string;
  readonly datasetId: number;
}

/** Seen again later: its version may not be the dataset's last one any more. */
export type PastImport = Omit<ImportedDataset, "version">;

export interface ImportProgress {
  /** 0 to 1 */
  readonly fraction: number;
  readonly rows: number;
  readonly file: string;
}

export const FILE_FORMATS = ["jsonl", "json", "csv", "parquet"] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** What an import would make of a file or folder; nothing is stored. */
export interface ImportPreview {
  readonly files: readonly { readonly name: string; readonly split: string; readonly format: FileFormat }[];
  readonly moreFiles: number;
  /** Layouts found, of the rows looked at. */
  readonly formats: Readonly<Record<string, number>>;
  /** Names of fields in the first rows, for a mapping, each with a value. */
  readonly fields: readonly { readonly name: string; readonly example: string }[];
  readonly records: readonly { readonly record: DraftRecord; readonly format: string; readonly problem: string | null }[];
  readonly rejected: readonly RejectedRow[];
  readonly lookedAt: number;
}

/** A row that waits for repair. */
export interface WaitingRow extends RejectedRow {
  readonly id: number;
  readonly split: string;
  /** What stands there. */
  readonly text: string;
}

/** What trying all again made, as one version. */
export interface RepairedRows {
  readonly version: number;
  readonly added: number;
  /** Rows that can be read now and that the dataset had already. */
  readonly known: number;
  /** Rows that go on waiting, and what is wrong with the first of them. */
  readonly failed: number;
  readonly problems: readonly { readonly id: number; readonly field: string; readonly reason: string }[];
}

/**
 * rows: records with split, and for imported ones the layout they came in and every original field: nothing is lost. records: what
 * training reads, only rows that can be trained on. original: the fields as they were imported; of rows that were written here, the
 * record. trl: prompt and completion as lists of messages, only rows with a demonstration.
 */
export const EXPORT_CONTENTS = ["rows", "records", "original", "trl"] as const;
export type ExportContent = (typeof EXPORT_CONTENTS)[number];
/** huggingface: a folder with one Parquet file a split. */
export const EXPORT_FILE_FORMATS = [...FILE_FORMATS, "huggingface"] as const;
export type ExportFileFormat = (typeof EXPORT_FILE_FORMATS)[number];

export interface ExportSummary {
  readonly path: string;
  readonly rows: number;
  /** Rows that are no records of their own, written besides. */
  readonly context: number;
  readonly bytes: number;
  /** Rows that have not what the content asks for. */
  readonly leftOut: number;
}
