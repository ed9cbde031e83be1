// Writers of the file formats, the other way round of the readers: what one of them writes, the reader of its format gives back equal.
// Rows come one at a time; none but a Parquet row group is held.

import { closeSync, openSync, writeFileSync } from "node:fs";
import { fileWriter, ParquetWriter } from "hyparquet-writer";
import type { FileFormat } from "../../../../shared/domain/dataset-files.ts";
import { cellText, csvLine, JSON_SUFFIX } from "./csv-cells.ts";
import { PARQUET_LAYOUT, type ParquetColumn } from "./parquet.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A row to write: its fields, and their JSON text where there is one already. */
export interface RowToWrite {
  readonly fields: () => Fields;
  readonly json?: string;
}

/** What the rows of a file have in common, known before the first is written. */
export interface Layout {
  /** Every name that occurs, in the order of first occurrence. */
  readonly names: readonly string[];
  /** Of them those that are written as they are; the others as JSON. */
  readonly texts: ReadonlySet<string>;
}

const FLUSH_CHARACTERS = 1 << 20;
/** A row group is held until it is written. */
const GROUP_ROWS = 10_000;
const GROUP_CHARACTERS = 32 * 1024 * 1024;

/** Looks at every row. */
export function layoutOf(rows: Iterable<RowToWrite>): Layout {
  const isText = new Map<string, boolean>();
  for (const { fields } of rows) {
    for (const [name, value] of Object.entries(fields())) isText.set(name, isText.get(name) !== false && isWritableText(value));
  }
  // Rows without any field are rows still.
  const names = isText.size === 0 ? ["empty"] : [...isText.keys()];
  const texts = names.filter((name) => isText.get(name) === true && !name.endsWith(JSON_SUFFIX));
  // A CSV file of ours is known by a column of JSON.
  return { names, texts: new Set(texts.length === names.length ? texts.slice(1) : texts) };
}

/** Half of a pair can be written in JSON only. */
function isWritableText(value: unknown): boolean {
  return typeof value === "string" && value.isWellFormed();
}

/** Whether a format has to know the layout. */
export function needsLayout(format: FileFormat): boolean {
  return format === "csv" || format === "parquet";
}

/** Writes a new file; an existing one is replaced. Gives the number of rows. */
export function writeRows(path: string, format: FileFormat, rows: Iterable<RowToWrite>, layout: Layout): number {
  if (format === "parquet") return writeParquet(path, rows, layout);
  const file = openSync(path, "w");
  let pending = "";
  let count = 0;
  const write = (text: string): void => {
    pending += text;
    if (pending.length < FLUSH_CHARACTERS) return;
    // Unlike writeSync it writes all of it or throws: on a full disk the last piece may fit in part.
    writeFileSync(file, pending);
    pending = "";
  };
  try {
    if (format === "json") write("[");
    if (format === "csv") write(csvLine(layout.names.map((name) => `${cellText(name)}${layout.texts.has(name) ? "" : JSON_SUFFIX}`)));
    for (const row of rows) {
      if (format === "csv") write(csvLine(cells(row.fields(), layout)));
      else write(`${format === "json" ? (count === 0 ? "\n" : ",\n") : ""}${oneLine(row)}${format === "jsonl" ? "\n" : ""}`);
      count++;
    }
    if (format === "json") write("\n]\n");
    if (pending !== "") writeFileSync(file, pending);
  } finally {
    closeSync(file);
  }
  return count;
}

function oneLine({ json, fields }: RowToWrite): string {
  return json !== undefined && !/[\r\n]/.test(json) ? json : JSON.stringify(fields());
}

function cells(fields: Fields, { names, texts }: Layout): string[] {
  return names.map((name) => {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (value === undefined) return "";
    return cellText(texts.has(name) ? (value as string) : JSON.stringify(value));
  });
}

function writeParquet(path: string, rows: Iterable<RowToWrite>, { names, texts }: Layout): number {
  const columns = columnNames(names);
  const layout: readonly ParquetColumn[] = names.map((name) => ({ name, json: !texts.has(name) }));
  const writer = new ParquetWriter({
    writer: fileWriter(path),
    schema: [
      { name: "root", num_children: columns.length },
      ...columns.map((name) => ({
        name,
        type: "BYTE_ARRAY" as const,
        converted_type: "UTF8" as const,
        repetition_type: "OPTIONAL" as const,
      })),
    ],
    kvMetadata: [{ key: PARQUET_LAYOUT, value: JSON.stringify(layout) }],
  });
  let count = 0;
  let characters = 0;
  let group: (readonly (string | null)[])[] = [];
  const flush = (): void => {
    if (group.length === 0) return;
    const columnData = columns.map((name, column) => ({ name, data: group.map((row) => row[column] ?? null) }));
    void writer.write({ columnData, rowGroupSize: group.length });
    count += group.length;
    group = [];
    characters = 0;
  };
  for (const { fields } of rows) {
    const row = fields();
    const written = names.map((name) => parquetCell(Object.hasOwn(row, name) ? row[name] : undefined, texts.has(name)));
    for (const cell of written) characters += cell?.length ?? 0;
    group.push(written);
    if (group.length >= GROUP_ROWS || characters >= GROUP_CHARACTERS) flush();
  }
  flush();
  void writer.finish();
  return count;
}

/** As a file can hold them: whole characters, each name once. What they stand for is said in the metadata. */
function columnNames(names: readonly string[]): string[] {
  const used = new Set<string>();
  return names.map((name, index) => {
    const plain = name.toWellFormed();
    const free = used.has(plain) ? `${plain} ${index}` : plain;
    used.add(free);
    return free;
  });
}

function parquetCell(value: unknown, isText: boolean): string | null {
  if (value === undefined) return null;
  return isText ? (value as string) : JSON.stringify(value);
}
