// Parquet files, through hyparquet: a slice of a row group at a time. Files of ours say in their metadata what their columns stand for.

import { open, type FileHandle } from "node:fs/promises";
import { parquetMetadataAsync, parquetRead, parquetSchema, type AsyncBuffer, type FileMetaData } from "hyparquet";
import { z } from "zod";
import { WorkbenchError } from "../../../../shared/errors.ts";
import { ALWAYS_ALLOWED_BYTES, MAX_UNPACKED_RATIO } from "./byte-source.ts";
import { requireHonestPages } from "./parquet-pages.ts";
import { PAGE_COMPRESSORS } from "./parquet-values.ts";
import { MAX_ROW_BYTES, RowBatch, unreadable, type RawRow, type RowBatches, type UnreadableRow } from "./raw-rows.ts";

/** Name of the metadata entry of our files: a JSON list of ParquetColumn, in the order of the columns. */
export const PARQUET_LAYOUT = "raif.columns";

/** What a column of a file of ours stands for. */
export interface ParquetColumn {
  readonly name: string;
  /** Its cells are JSON texts; otherwise they are texts. An empty cell is a missing field either way. */
  readonly json: boolean;
}
const REMEMBERED_BYTES = 512 * 1024 * 1024;
/** A row group is read in slices of about so much; the packed bytes of the whole group are held meanwhile. */
const SLICE_BYTES = 32 * 1024 * 1024;
const MAX_SLICE_ROWS = 20_000;
const FEW_VALUES = 200_000;
const MAX_GROUP_BYTES = 1024 * 1024 * 1024;
const MAX_GROUP_ROWS = 10_000_000;

/** `onRead` gets the share of rows read so far. Throws "invalid-record" for damaged or hostile files and row groups that are too large. */
export async function* readParquet(path: string, onRead: (fraction: number) => void): RowBatches {
  const handle = await open(path, "r");
  try {
    const { size: fileBytes } = await handle.stat();
    const fresh = partsOf(handle, fileBytes, 0);
    const metadata = await damagedUnless(path, () => parquetMetadataAsync(fresh));
    const schema = await damagedUnless(path, async () => parquetSchema(metadata));
    const names = schema.children.map(({ element }) => element.name);
    const own = ownColumns(metadata, names.length);
    const batch = new RowBatch();
    const total = Number(metadata.num_rows);
    let [done, characters] = [0, 0];
    for (const group of metadata.row_groups) {
      const rows = Number(group.num_rows);
      requireReadable(path, rows, Number(group.total_byte_size));
      await damagedUnless(path, () => requireHonestPages(fresh, schema, group));
      const step = sliceRows(rows, Number(group.total_byte_size));
      // Of one group at a time.
      const file = partsOf(handle, fileBytes, REMEMBERED_BYTES);
      for (let start = 0; start < rows; start += step) {
        const [from, to] = [done + start, done + Math.min(rows, start + step)];
        const cells = await damagedUnless(path, () => readSlice(file, metadata, from, to));
        for (const [index, row] of cells.entries()) {
          const size = charactersIn(row);
          characters += size;
          requireTextual(path, characters, fileBytes);
          batch.add(size > MAX_ROW_BYTES ? tooLarge(from + index + 1, size) : toRow(from + index + 1, names, row, own), size);
          if (batch.isFull) yield batch.take();
        }
        onRead(to / Math.max(1, total));
      }
      done += rows;
    }
    if (!batch.isEmpty) yield batch.take();
  } finally {
    await handle.close();
  }
}

/** Whether the footer speaks of more than a few values. The file is a small one; where the footer is damaged, reading says so at once. */
export async function claimsMuch(handle: FileHandle): Promise<boolean> {
  try {
    const { row_groups: groups } = await parquetMetadataAsync(partsOf(handle, (await handle.stat()).size, 0));
    const columns = groups.flatMap(({ columns: ofGroup }) => ofGroup.map(({ meta_data: column }) => column));
    const sum = (of: (column: (typeof columns)[number]) => number): number => columns.reduce((total, column) => total + of(column), 0);
    return (
      sum((column) => Number(column?.num_values ?? 0)) > FEW_VALUES ||
      sum((column) => Number(column?.total_uncompressed_size ?? 0)) > SLICE_BYTES
    );
  } catch {
    return false;
  }
}

/** Parts of the file; the last ones can be remembered, because the slices of a row group need the same again. */
function partsOf(handle: FileHandle, size: number, rememberedBytes: number): AsyncBuffer {
  const remembered = new Map<string, Promise<ArrayBuffer>>();
  let bytes = 0;
  const read = async (start: number, end: number): Promise<ArrayBuffer> => {
    const buffer = new ArrayBuffer(end - start);
    await handle.read(new Uint8Array(buffer), 0, end - start, start);
    return buffer;
  };
  return {
    byteLength: size,
    slice: (start, end = size) => {
      if (start < 0 || end > size || start > end) throw new Error("a part of the file lies outside of it");
      const key = `${start} ${end}`;
      let part = remembered.get(key);
      if (part !== undefined) return part;
      if (end - start > rememberedBytes) return read(start, end);
      if (bytes + end - start > rememberedBytes) {
        remembered.clear();
        bytes = 0;
      }
      part = read(start, end);
      bytes += end - start;
      remembered.set(key, part);
      return part;
    },
  };
}

/** Rows as lists of cells: names of columns never become names of members here. */
async function readSlice(
  file: AsyncBuffer,
  metadata: FileMetaData,
  rowStart: number,
  rowEnd: number,
): Promise<readonly (readonly unknown[])[]> {
  let shortest = rowEnd;
  const ends = new Map<string, number>();
  const rows = await new Promise<unknown[][]>((resolve, reject) => {
    const onComplete = (complete: Record<string, unknown>[] | unknown[][]): void => resolve(complete as unknown[][]);
    const onChunk = ({ columnName, rowEnd: end }: { readonly columnName: string; readonly rowEnd: number }): void => {
      ends.set(columnName, Math.max(end, ends.get(columnName) ?? 0));
    };
    parquetRead({ file, metadata, compressors: PAGE_COMPRESSORS, rowStart, rowEnd, rowFormat: "array", onChunk, onComplete }).catch(reject);
  });
  for (const end of ends.values()) shortest = Math.min(shortest, end);
  if (shortest < rowEnd) throw new Error(`a column ends at row ${shortest} of ${rowEnd}`);
  return rows;
}

function sliceRows(rows: number, bytes: number): number {
  const fitting = Math.floor((rows * SLICE_BYTES) / Math.max(1, bytes));
  return Math.max(1, Math.min(rows, MAX_SLICE_ROWS, Math.max(fitting, 100)));
}

function requireReadable(where: string, rows: number, bytes: number): void {
  if (rows >= 0 && rows <= MAX_GROUP_ROWS && bytes <= MAX_GROUP_BYTES) return;
  throw new WorkbenchError("invalid-record", "a row group is too large to be read", {
    where,
    expected: `at most ${MAX_GROUP_ROWS} rows and ${MAX_GROUP_BYTES} bytes`,
    got: `${rows} rows, ${bytes} bytes`,
    hint: "Write the file with smaller row groups.",
  });
}

/** A text that stands in a dictionary once can be the cell of any number of rows. */
function requireTextual(where: string, characters: number, sizeBytes: number): void {
  if (characters <= Math.max(ALWAYS_ALLOWED_BYTES, sizeBytes * MAX_UNPACKED_RATIO)) return;
  throw new WorkbenchError("invalid-record", "the file unpacks to far more than text does; it was not read further", {
    where,
    expected: `at most ${MAX_UNPACKED_RATIO} times its size`,
    got: `${characters} characters of ${sizeBytes} bytes`,
  });
}

/** Of all texts in a cell or row, about. */
function charactersIn(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (value === null || typeof value !== "object") return 4;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  let sum = 0;
  for (const member of Object.values(value)) sum += charactersIn(member);
  return sum;
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

function tooLarge(line: number, characters: number): UnreadableRow {
  return unreadable(line, `the row has ${characters} characters, more than the ${MAX_ROW_BYTES} that are read`);
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
