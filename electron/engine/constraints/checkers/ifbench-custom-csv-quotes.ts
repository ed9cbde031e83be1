// IFBench custom:csv_quotes: tab-separated data with five given columns and three rows, every field in double quotes.

import { counted, noArguments, result, type NoArguments } from "../check-result.ts";
import { csvRows } from "../csv-rows.ts";
import { lines } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";
import { strip } from "../text.ts";
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
    const body = mode === "compat" ? text : strip(text);
    if (!HEADER.test(strip(lines(body)[0]?.text ?? ""))) return result(false, expected, "other columns");
    // Tripled quotes survive the reader as quotes of the field's own.
    const rows = csvRows(body.replaceAll('"', '"""'), "\t");
    if (rows?.length !== ROWS + 1) return result(false, expected, counted(Math.max((rows?.length ?? 1) - 1, 0), "row"));
    const short = rows.find((row) => row.length !== COLUMNS.length);
    if (short !== undefined) return result(false, expected, `a row of ${counted(short.length, "field")}`);
    const bare = rows.flat().find((field) => !(strip(field).startsWith('"') && strip(field).endsWith('"')));
    return result(
      bare === undefined,
      expected,
      bare === undefined ? "all in quotes" : `${bare === "" ? "an empty field" : bare} without quotes`,
    );
  },
};
