// Parquet files, through hyparquet: one row group at a time. Files of ours say in their metadata what their columns stand for.

import { open } from "node:fs/promises";
import { parquetMetadataAsync, parquetRead, parquetSchema, type AsyncBuffer, type FileMetaData } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { z } from "zod";
import { WorkbenchError } from "../../../../shared/errors.ts";
import { BATCH_ROWS, unreadable, type RawRow, type RowBatches, type UnreadableRow } from "./raw-rows.ts";

/** Name of the metadata entry of our files: a JSON list of ParquetColumn, in the order of the columns. */
export const PARQUET_LAYOUT = "raif.columns";

/** What a column of a file of ours stands for. */
export interface ParquetColumn {
  readonly name: string;
  /** Its cells are JSON texts; otherwise they are texts. An empty cell is a missing field either way. */
  readonly json: boolean;
}
/** A row group is held in memory. */
const MAX_GROUP_BYTES = 1024 * 1024 * 1024;
const MAX_ROWS = 100_000_000;

/** `onRead` gets the share of rows read so far. Throws "invalid-record" for damaged files and row groups that are too large. */
export async function* readParquet(path: string, onRead: (fraction: number) => void): RowBatches {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const file: AsyncBuffer = {
      byteLength: size,
      slice: async (start, end = size) => {
        if (start < 0 || end > size || start > end) throw new Error("a part of the file lies outside of it");
        const buffer = new ArrayBuffer(end - start);
        await handle.read(new Uint8Array(buffer), 0, end - start, start);
        return buffer;
      },
    };
    const metadata = await damagedUnless(path, () => parquetMetadataAsync(file));
    const names = await damagedUnless(path, async () => parquetSchema(metadata).children.map(({ element }) => element.name));
    const own = ownColumns(metadata, names.length);
    let done = 0;
    for (const { num_rows, total_byte_size } of metadata.row_groups) {
      const rows = Number(num_rows);
      requireReadable(path, rows, Number(total_byte_size));
      const read = await damagedUnless(path, () => readGroup(file, metadata, done, done + rows));
      for (let start = 0; start < read.length; start += BATCH_ROWS) {
        const first = done + start + 1;
        yield read.slice(start, start + BATCH_ROWS).map((cells, index) => toRow(first + index, names, cells, own));
      }
      done += rows;
      onRead(done / Math.max(1, Number(metadata.num_rows)));
    }
  } finally {
    await handle.close();
  }
}

/** Rows as lists of cells: names of columns never become names of members here. */
function readGroup(file: AsyncBuffer, metadata: FileMetaData, rowStart: number, rowEnd: number): Promise<readonly (readonly unknown[])[]> {
  return new Promise((resolve, reject) => {
    const onComplete = (rows: Record<string, unknown>[] | unknown[][]): void => resolve(rows as unknown[][]);
    parquetRead({ file, metadata, compressors, rowStart, rowEnd, rowFormat: "array", onComplete }).catch(reject);
  });
}

function requireReadable(where: string, rows: number, bytes: number): void {
  if (rows >= 0 && rows <= MAX_ROWS && bytes <= MAX_GROUP_BYTES) return;
  throw new WorkbenchError("invalid-record", "a row group is too large to be read", {
    where,
    expected: `at most ${MAX_GROUP_BYTES} bytes`,
    got: `${rows} rows, ${bytes} bytes`,
    hint: "Write the file with smaller row groups.",
  });
}

async function damagedUnless<Value>(where: string, read: () => Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new WorkbenchError("invalid-record", "the Parquet file is damaged or uses what is not supported", { where, got }, { cause });
  }
}

const layoutSchema = z.array(z.object({ name: z.string(), json: z.boolean() }));

/** Undefined for files of others. */
function ownColumns({ key_value_metadata }: FileMetaData, columns: number): readonly ParquetColumn[] | undefined {
  const value = key_value_metadata?.find(({ key }) => key === PARQUET_LAYOUT)?.value;
  if (value === undefined) return undefined;
  try {
    const layout = layoutSchema.parse(JSON.parse(value));
    return layout.length === columns ? layout : undefined;
  } catch {
    return undefined;
  }
}

function toRow(
  line: number,
  names: readonly string[],
  cells: readonly unknown[],
  own: readonly ParquetColumn[] | undefined,
): RawRow | UnreadableRow {
  const read: [string, unknown][] = [];
  for (const [column, name] of names.entries()) {
    const value = cells[column];
    const ours = own?.[column];
    if (ours === undefined) read.push([name, plain(value)]);
    else if (value === null || value === undefined) continue;
    else if (!ours.json) read.push([ours.name, plain(value)]);
    else {
      try {
        read.push([ours.name, JSON.parse(text(value)) as unknown]);
      } catch (error) {
        return unreadable(line, `not JSON: ${error instanceof Error ? error.message : String(error)}`, text(value), ours.name);
      }
    }
  }
  return { type: "row", line, fields: Object.fromEntries(read) };
}

function text(cell: unknown): string {
  return typeof cell === "string" ? cell : (JSON.stringify(plain(cell)) ?? "");
}

/** Values that JSON has no form for: whole numbers as numbers while exact, moments as ISO text, bytes as base64. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (value === undefined) return null;
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) {
    return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : Array.from(value as unknown as ArrayLike<unknown>, plain);
  }
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}
