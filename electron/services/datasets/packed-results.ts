// Converted rows on their way from one thread to another: one flat list of values, because copying an object costs more for the names of
// its members than for what is in them.

import type { StateColumns } from "../../storage/collection-rows.ts";
import type { ConvertedRow, RowResult } from "./schemas/convert-row.ts";

type Value = string | number | null;

export interface PackedResults {
  /** WIDTH values a record. */
  readonly records: readonly Value[];
  readonly others: readonly Exclude<RowResult, ConvertedRow>[];
}

export interface PackedPiece {
  readonly packed: PackedResults;
  readonly fraction: number;
}

const COLUMNS = [
  "recordId",
  "split",
  "source",
  "format",
  "composition",
  "depth",
  "checks",
  "rulesJson",
  "tagsJson",
  "language",
  "length",
  "expert",
  "state",
  "problem",
] as const satisfies readonly (keyof StateColumns)[];
const WIDTH = 5 + COLUMNS.length;

export function packResults(results: readonly RowResult[]): PackedResults {
  const records: Value[] = [];
  const others: Exclude<RowResult, ConvertedRow>[] = [];
  for (const result of results) {
    if (result.type !== "record") {
      others.push(result);
      continue;
    }
    records.push(result.line, result.originalJson, result.hash, result.content.recordJson, result.content.text.searchText);
    for (const name of COLUMNS) records.push(result.columns[name]);
  }
  return { records, others };
}

/** Records first; their order among themselves, and that of the others, stays. */
export function unpackResults({ records, others }: PackedResults): RowResult[] {
  const results: RowResult[] = [];
  for (let start = 0; start < records.length; start += WIDTH) {
    const [line, originalJson, hash, recordJson, searchText, ...values] = records.slice(start, start + WIDTH);
    const columns = Object.fromEntries(COLUMNS.map((name, index) => [name, values[index]]));
    results.push({
      type: "record",
      line: line as number,
      originalJson: originalJson as string | null,
      hash: hash as string,
      content: { recordJson: recordJson as string, text: { searchText: searchText as string } },
      columns: columns as unknown as StateColumns,
    });
  }
  return [...results, ...others];
}
