// CSV and TSV files: the delimiter is looked for in the head, broken lines are said and passed over. How text becomes cells is csv-rows.ts.

import { WorkbenchError } from "../../../../shared/errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { cellValue, JSON_SUFFIX } from "./csv-cells.ts";
import { csvRows } from "./csv-rows.ts";
import { RowBatch, unreadable, type RawRow, type RowBatches, type UnreadableRow } from "./raw-rows.ts";

const DELIMITERS = [",", "\t", ";"] as const;
const MAX_COLUMNS = 2000;

/** Throws "invalid-record" where the file has no head. */
export async function* readCsv(source: ByteSource): RowBatches {
  const skipped: UnreadableRow[] = [];
  const rows = csvRows(source, delimiterOf(source.start.toString("utf8")), ({ line, reason }) => skipped.push(unreadable(line, reason)));
  let columns: readonly Column[] | undefined;
  const batch = new RowBatch();
  for await (const some of rows) {
    for (const { cells, line, isBroken } of some) {
      if (columns === undefined) columns = readHead(cells, source.path);
      else
        batch.add(
          isBroken ? unreadable(line, "the row is not UTF-8", cells.join(",")) : readRow(columns, cells, line),
          cells.reduce((sum, cell) => sum + cell.length, 0),
        );
      for (const row of skipped.splice(0)) batch.add(row, row.text.length);
      if (batch.isFull) yield batch.take();
    }
  }
  for (const row of skipped) batch.add(row, row.text.length);
  if (!batch.isEmpty) yield batch.take();
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
