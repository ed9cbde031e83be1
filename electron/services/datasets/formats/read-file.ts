// One data file as rows, whatever its format: told by its first bytes, and by its name where those leave a choice.

import type { FileFormat } from "../../../../shared/domain/dataset-files.ts";
import type { DataFile } from "./data-files.ts";
import { openByteSource, type ByteSource } from "./byte-source.ts";
import { readCsv } from "./csv.ts";
import { readJsonLines } from "./json-lines.ts";
import { firstByte, readJsonList, readJsonObject } from "./json-values.ts";
import { readParquet } from "./parquet.ts";
import type { RowBatches } from "./raw-rows.ts";

export interface OpenDataFile {
  readonly format: FileFormat;
  /** Rows with the split they are in, in the order of the file. */
  readonly parts: () => AsyncIterable<{ readonly split: string; readonly batches: RowBatches }>;
  /** How much has been read, 0 to 1. */
  readonly fraction: () => number;
}

/** Throws "file-not-found" and "unsupported". Reading throws "invalid-record" where a file is damaged as a whole. */
export async function openDataFile({ path, split }: DataFile): Promise<OpenDataFile> {
  const source = await openByteSource(path);
  if (source.start.subarray(0, 4).toString("latin1") === "PAR1") {
    let done = 0;
    const batches = (): RowBatches => readParquet(path, (fraction) => (done = fraction));
    return { format: "parquet", parts: () => one(split, batches()), fraction: () => done };
  }
  const { fraction } = source;
  const format = textFormat(path, source);
  if (format === "object") return { format: "json", parts: () => objectParts(split, source), fraction };
  const read = { jsonl: readJsonLines, json: readJsonList, csv: readCsv }[format];
  return { format, parts: () => one(split, read(source)), fraction };
}

function textFormat(path: string, { start }: ByteSource): "jsonl" | "json" | "object" | "csv" {
  const name = path.toLowerCase().replace(/\.(gz|zst)$/, "");
  if (name.endsWith(".csv") || name.endsWith(".tsv")) return "csv";
  const first = firstByte(start);
  if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) return "jsonl";
  if (first === 0x5b) return "json";
  if (first === 0x7b) return firstLineIsWhole(start.toString("utf8")) ? "jsonl" : "object";
  return name.endsWith(".json") ? "jsonl" : "csv";
}

/** Whether an object ends where the first line does; files of lines are often named ".json". */
function firstLineIsWhole(start: string): boolean {
  const text = start.trimStart();
  const end = text.indexOf("\n");
  const line = end < 0 ? text : text.slice(0, end);
  try {
    const value: unknown = JSON.parse(line);
    // A file of one object that holds the rows is taken apart, not taken as a row.
    return end >= 0 && text.slice(end).trim() !== "" ? true : !Object.values(value as object).some(Array.isArray);
  } catch {
    return end < 0 && text.length >= 64 * 1024;
  }
}

async function* one(split: string, batches: RowBatches): AsyncGenerator<{ readonly split: string; readonly batches: RowBatches }> {
  yield { split, batches };
}

async function* objectParts(split: string, source: ByteSource): AsyncGenerator<{ readonly split: string; readonly batches: RowBatches }> {
  for (const part of await readJsonObject(source)) yield { split: part.split === "" ? split : part.split, batches: batchesOf(part.rows) };
}

async function* batchesOf(rows: Awaited<ReturnType<typeof readJsonObject>>[number]["rows"]): RowBatches {
  yield rows;
}
