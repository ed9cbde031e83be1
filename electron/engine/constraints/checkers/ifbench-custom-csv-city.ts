// IFBench custom:csv_city: comma-separated data with five given columns and seven rows.

import { counted, noArguments, result, type NoArguments } from "../check-result.ts";
import { csvRows } from "../csv-rows.ts";
import type { Checker } from "../registry.ts";
import { strip, strippedRange } from "../text.ts";
import { excludedByWholeAnswer } from "../whole-answer-rules.ts";

const COLUMNS: readonly string[] = ["ID", "Country", "City", "Year", "Count"];
const ROWS = 7;

export const ifbenchCustomCsvCity: Checker<NoArguments> = {
  id: "custom:csv_city",
  kwargs: noArguments,
  conflicts: excludedByWholeAnswer("custom:csv_city", ["punctuation:no_comma", "count:numbers"]),
  describe: () => `comma-separated ${COLUMNS.join(", ")} and ${ROWS} rows`,
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    // White space around the data, or behind a comma, is nothing a person would mind.
    const { start, end } = mode === "compat" ? { start: 0, end: text.length } : strippedRange(text);
    const rows = csvRows(text.slice(start, end), ",");
    if (rows === undefined) return result(false, this.describe(kwargs), "not comma-separated data");
    const header = (rows[0]?.fields ?? []).map((name) => (mode === "compat" ? name : strip(name)));
    const isHeader = header.length === COLUMNS.length && header.every((name, index) => name === COLUMNS[index]);
    const off = rows.filter(({ fields }, index) => fields.length !== COLUMNS.length || (index === 0 && !isHeader));
    const got = `${counted(Math.max(rows.length - 1, 0), "row")}, ${isHeader ? "the columns" : "other columns"}, ${off.length} off`;
    const spans = off.map((row) => ({ start: row.start + start, end: row.end + start }));
    return result(off.length === 0 && rows.length === ROWS + 1, this.describe(kwargs), got, spans);
  },
};
