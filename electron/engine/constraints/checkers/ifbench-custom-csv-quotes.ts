// IFBench custom:csv_quotes: tab-separated data with five given columns and three rows, every field in double quotes.

import type { Span } from "../../../../shared/domain/verdict.ts";
import { counted, noArguments, result, type NoArguments } from "../check-result.ts";
import { csvRows } from "../csv-rows.ts";
import { lines } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";
import { strip, strippedRange } from "../text.ts";
import { excludedByWholeAnswer } from "../whole-answer-rules.ts";

const COLUMNS: readonly string[] = ["StudentID", "Subject", "Grade", "Semester", "Score"];
const HEADER = new RegExp(`^${COLUMNS.map((name) => `(?:${name}|"${name}")`).join("\\t *")}$`);
const ROWS = 3;

export const ifbenchCustomCsvQuotes: Checker<NoArguments> = {
  id: "custom:csv_quotes",
  kwargs: noArguments,
  conflicts: excludedByWholeAnswer("custom:csv_quotes", ["format:no_whitespace", "format:quote_unquote"]),
  describe: () => `tab-separated ${COLUMNS.join(", ")} and ${ROWS} rows, every field in double quotes`,
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const expected = this.describe(kwargs);
    const { start, end } = mode === "compat" ? { start: 0, end: text.length } : strippedRange(text);
    const body = text.slice(start, end);
    const at = (row: Span): Span => ({ start: row.start + start, end: row.end + start });
    const [header] = lines(body);
    if (!HEADER.test(strip(header?.text ?? ""))) return result(false, expected, "other columns", header === undefined ? [] : [at(header)]);
    const rows = csvRows(body, "\t", true);
    if (rows?.length !== ROWS + 1) return result(false, expected, counted(Math.max((rows?.length ?? 1) - 1, 0), "row"));
    const uneven = rows.find((row) => row.fields.length !== COLUMNS.length);
    if (uneven !== undefined) return result(false, expected, `a row of ${counted(uneven.fields.length, "field")}`, [at(uneven)]);
    const bare = rows.filter((row) => !row.fields.every(isQuoted));
    const got = bare.length === 0 ? "all in quotes" : `${counted(bare.length, "row")} with a field without quotes`;
    return result(bare.length === 0, expected, got, bare.map(at));
  },
};

function isQuoted(field: string): boolean {
  return strip(field).startsWith('"') && strip(field).endsWith('"');
}
