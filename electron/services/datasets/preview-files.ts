// The first rows of data files as an import would take them. Runs where preview-import.ts says.

import { basename, extname } from "node:path";
import type { DraftRecord } from "../../../shared/domain/dataset.ts";
import type { ImportPreview, Mapping, RejectedRow } from "../../../shared/domain/dataset-files.ts";
import type { DataFile } from "./formats/data-files.ts";
import type { RawRow, UnreadableRow } from "./formats/raw-rows.ts";
import { openDataFile, type OpenDataFile } from "./formats/read-file.ts";
import { rowConverter } from "./schemas/convert-row.ts";

const SHOWN_RECORDS = 20;
const EXAMPLE_CHARACTERS = 200;

export interface PreviewRequest {
  readonly files: readonly DataFile[];
  readonly rowsOfEach: number;
  readonly schema?: string | undefined;
  readonly mapping?: Mapping | undefined;
}

export type FilesPreview = Omit<ImportPreview, "moreFiles">;

/** Throws what opening and reading files throws, and "invalid-argument" for an unknown layout. */
export async function previewFiles({ files: found, rowsOfEach, ...choice }: PreviewRequest): Promise<FilesPreview> {
  const files: FilesPreview["files"][number][] = [];
  const formats: Record<string, number> = {};
  const fields = new Map<string, string>();
  const records: FilesPreview["records"][number][] = [];
  const rejected: RejectedRow[] = [];
  let lookedAt = 0;
  for (const file of found) {
    const opened = await openDataFile(file);
    files.push({ name: file.name, split: file.split, format: opened.format });
    const convert = rowConverter(choice);
    const idPrefix = basename(file.name, extname(file.name));
    for (const row of await firstRows(opened, rowsOfEach)) {
      lookedAt++;
      if (row.type === "row")
        for (const [name, value] of Object.entries(row.fields)) if (!fields.has(name)) fields.set(name, example(value));
      const result = convert(row, { source: file.name, idPrefix, split: file.split });
      if (result.type === "bad") rejected.push({ source: file.name, line: result.line, field: result.field, reason: result.reason });
      if (result.type !== "record") continue;
      const { format, problem } = result.columns;
      formats[format] = (formats[format] ?? 0) + 1;
      if (records.length < SHOWN_RECORDS) records.push({ record: JSON.parse(result.content.recordJson) as DraftRecord, format, problem });
    }
  }
  return { files, formats, fields: [...fields].map(([name, value]) => ({ name, example: value })), records, rejected, lookedAt };
}

async function firstRows({ parts }: OpenDataFile, count: number): Promise<(RawRow | UnreadableRow)[]> {
  const rows: (RawRow | UnreadableRow)[] = [];
  for await (const { batches } of parts()) {
    for await (const batch of batches) {
      rows.push(...batch.slice(0, count - rows.length));
      if (rows.length >= count) return rows;
    }
  }
  return rows;
}

function example(value: unknown): string {
  if (typeof value === "string") return value.slice(0, EXAMPLE_CHARACTERS);
  try {
    return (JSON.stringify(value) ?? "").slice(0, EXAMPLE_CHARACTERS);
  } catch {
    return "nested too deeply";
  }
}
