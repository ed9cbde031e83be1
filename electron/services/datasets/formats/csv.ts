// CSV and TSV files, through csv-parse: the delimiter is looked for in the head, broken lines are said and passed over.

import { pipeline, Readable } from "node:stream";
import { TextDecoder } from "node:util";
import { parse } from "csv-parse";
import { WorkbenchError } from "../../../../shared/errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { cellValue, JSON_SUFFIX } from "./csv-cells.ts";
import { MAX_ROW_BYTES, RowBatch, unreadable, type RawRow, type RowBatches, type UnreadableRow } from "./raw-rows.ts";

const DELIMITERS = [",", "\t", ";"] as const;
const MAX_COLUMNS = 2000;

interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** Throws "invalid-record" where the file has no head. */
export async function* readCsv(source: ByteSource): RowBatches {
  const skipped: UnreadableRow[] = [];
  const parser = parse({
    bom: true,
    delimiter: delimiterOf(source.start.toString("utf8")),
    info: true,
    max_record_size: MAX_ROW_BYTES,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      if (error !== undefined) skipped.push(unreadable(Number(error["lines"] ?? 0), error.message));
    },
  });
  // Errors of the file come out of the parser, and whoever stops early closes the file.
  const text = new WatchedText(source);
  const rows = pipeline(Readable.from(text.pieces()), parser, () => undefined) as AsyncIterable<Parsed>;
  let columns: readonly Column[] | undefined;
  const batch = new RowBatch();
  try {
    for await (const { record, info } of rows) {
      if (columns === undefined) columns = readHead(record, source.path);
      else
        batch.add(
          text.isBroken && record.some((cell) => cell.includes("\uFFFD"))
            ? unreadable(info.lines, "the row is not UTF-8", record.join(","))
            : readRow(columns, record, info.lines),
          record.reduce((sum, cell) => sum + cell.length, 0),
        );
      for (const row of skipped.splice(0)) batch.add(row, row.text.length);
      if (batch.isFull) yield batch.take();
    }
  } catch (error) {
    if (error instanceof WorkbenchError) throw error;
    // What follows cannot be told apart from what is broken.
    batch.add(unreadable(parser.info.lines, `cannot be read from here on: ${error instanceof Error ? error.message : String(error)}`), 0);
  }
  for (const row of skipped) batch.add(row, row.text.length);
  if (!batch.isEmpty) yield batch.take();
}

/** The bytes of a file on their way to the parser, which puts a mark where they are no UTF-8 and says nothing. */
class WatchedText {
  isBroken = false;
  private readonly source: ByteSource;

  constructor(source: ByteSource) {
    this.source = source;
  }

  async *pieces(): AsyncGenerator<Buffer> {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    for await (const piece of this.source.pieces()) {
      if (!this.isBroken) this.isBroken = !isDecodable(decoder, piece);
      yield piece;
    }
  }
}

function isDecodable(decoder: TextDecoder, piece: Buffer): boolean {
  try {
    decoder.decode(piece, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function delimiterOf(start: string): string {
  const head = start.split(/\r?\n/, 1)[0] ?? "";
  const counts = DELIMITERS.map((delimiter) => head.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ",";
}

interface Column {
  readonly name: string;
  readonly isJson: boolean;
  /** A column of a file of ours. */
  readonly isOurs: boolean;
}

function readHead(record: readonly string[], where: string): readonly Column[] {
  if (record.length > MAX_COLUMNS)
    throw new WorkbenchError("invalid-record", `more than ${MAX_COLUMNS} columns`, { where, got: String(record.length) });
  const isOurs = record.some((name) => name.endsWith(JSON_SUFFIX));
  const columns = record.map((cell, index): Column => {
    if (!isOurs) return { name: cell === "" ? `column ${index + 1}` : cell, isJson: false, isOurs };
    const isJson = cell.endsWith(JSON_SUFFIX);
    return { name: headName(isJson ? cell.slice(0, -JSON_SUFFIX.length) : cell), isJson, isOurs };
  });
  const names = columns.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new WorkbenchError("invalid-record", "two columns have the same name", { where, got: twice });
  return columns;
}

/** A broken head is taken as it stands. */
function headName(cell: string): string {
  try {
    return cellValue(cell) ?? "";
  } catch {
    return cell;
  }
}

function readRow(columns: readonly Column[], record: readonly string[], line: number): RawRow | UnreadableRow {
  if (record.length !== columns.length) {
    return unreadable(line, `${record.length} cells under ${columns.length} columns`, record.join(","));
  }
  const fields: [string, unknown][] = [];
  for (const [index, { name, isJson, isOurs }] of columns.entries()) {
    const cell = record[index] ?? "";
    if (!isOurs) {
      fields.push([name, cell]);
      continue;
    }
    try {
      const value = cellValue(cell);
      if (value !== undefined) fields.push([name, isJson ? (JSON.parse(value) as unknown) : value]);
    } catch (error) {
      return unreadable(line, `the cell is not JSON: ${error instanceof Error ? error.message : String(error)}`, cell, name);
    }
  }
  return { type: "row", line, fields: Object.fromEntries(fields) };
}
