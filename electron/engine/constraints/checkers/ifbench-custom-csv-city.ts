// IFBench custom:csv_city: comma-separated data with five given columns and seven rows.

import { counted, noArguments, result, type NoArguments } from "../check-result.ts";
import { csvRows } from "../csv-rows.ts";
import type { Checker } from "../registry.ts";
import { strip } from "../text.ts";
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
    const rows = csvRows(mode === "compat" ? text : strip(text), ",")?.map((row) => (mode === "compat" ? row : row.map(strip)));
    if (rows === undefined) return result(false, this.describe(kwargs), "not comma-separated data");
    const header = rows[0] ?? [];
    const isHeader = header.length === COLUMNS.length && header.every((name, index) => name === COLUMNS[index]);
    const short = rows.filter((row) => row.length !== COLUMNS.length).length;
    const got = `${counted(Math.max(rows.length - 1, 0), "row")}, ${isHeader ? "the columns" : "other columns"}, ${short} of another width`;
    return result(isHeader && rows.length === ROWS + 1 && short === 0, this.describe(kwargs), got);
  },
};
