// What an import would make of a file or folder, shown before anything is stored: files, formats, layouts, the first records and what is
// wrong with the first rows.

import { basename, extname } from "node:path";
import type { DraftRecord } from "../../../shared/domain/dataset.ts";
import type { ImportPreview, RejectedRow } from "../../../shared/domain/dataset-files.ts";
import { findDataFiles } from "./formats/data-files.ts";
import { openDataFile } from "./formats/read-file.ts";
import type { ImportRequest } from "./import-files.ts";
import { rowConverter } from "./schemas/convert-row.ts";

const FILES = 20;
const ROWS = 200;
const SHOWN_RECORDS = 20;
const EXAMPLE_CHARACTERS = 200;

/** Throws what finding and opening files throws. */
export async function previewImport(request: ImportRequest): Promise<ImportPreview> {
  const found = await findDataFiles(request.path);
  const files: ImportPreview["files"][number][] = [];
  const formats: Record<string, number> = {};
  const fields = new Map<string, string>();
  const records: ImportPreview["records"][number][] = [];
  const rejected: RejectedRow[] = [];
  let lookedAt = 0;
  for (const file of found.slice(0, FILES)) {
    const opened = await openDataFile(file);
    files.push({ name: file.name, split: file.split, format: opened.format });
    const convert = rowConverter(request);
    const idPrefix = basename(file.name, extname(file.name));
    for (const row of await firstRows(opened, Math.ceil(ROWS / found.length))) {
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
  return {
    files,
    moreFiles: Math.max(0, found.length - FILES),
    formats,
    fields: [...fields].map(([name, value]) => ({ name, example: value })),
    records,
    rejected,
    lookedAt,
  };
}

async function firstRows(
  { parts }: Awaited<ReturnType<typeof openDataFile>>,
  count: number,
): Promise<Parameters<ReturnType<typeof rowConverter>>[0][]> {
  const rows: Parameters<ReturnType<typeof rowConverter>>[0][] = [];
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
