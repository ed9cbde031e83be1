// IFBench custom:csv_special_character: comma-separated data with five given columns and fourteen rows, and a field in double quotes
// with a character that is no letter, digit or space.

import { counted, noArguments, result, type NoArguments } from "../check-result.ts";
import { csvRows } from "../csv-rows.ts";
import { lines } from "../ifbench-text.ts";
import { SPACE_CLASS, WORD_CLASS } from "../python-pattern.ts";
import type { Checker } from "../registry.ts";
import { strip } from "../text.ts";
import { excludedByWholeAnswer } from "../whole-answer-rules.ts";

const COLUMNS: readonly string[] = ["ProductID", "Category", "Brand", "Price", "Stock"];
const HEADER = new RegExp(`^${COLUMNS.map((name) => `(?:${name}|"${name}")`).join(",[ \\t]*")}$`);
const ROWS = 14;
const SPECIAL = new RegExp(`[^${WORD_CLASS}${SPACE_CLASS}]`, "u");

export const ifbenchCustomCsvSpecialCharacter: Checker<NoArguments> = {
  id: "custom:csv_special_character",
  kwargs: noArguments,
  conflicts: excludedByWholeAnswer("custom:csv_special_character", ["punctuation:no_comma"]),
  describe: () => `comma-separated ${COLUMNS.join(", ")}, ${ROWS} rows, one field with a special character in double quotes`,
  randomKwargs: () => ({}),
  check(text, kwargs) {
    const expected = this.describe(kwargs);
    if (!HEADER.test(strip(lines(text)[0]?.text ?? ""))) return result(false, expected, "other columns");
    // Tripled quotes survive the reader as quotes of the field's own.
    const rows = csvRows(text.replaceAll('"', '"""'), ",");
    if (rows?.length !== ROWS + 1) return result(false, expected, counted(Math.max((rows?.length ?? 1) - 1, 0), "row"));
    // As in the public checker, rows behind the one with the quoted field are not looked at.
    for (const row of rows.slice(1)) {
      if (row.length !== COLUMNS.length) return result(false, expected, `a row of ${counted(row.length, "field")}`);
      const field = row.find(holdsQuotedSpecial);
      if (field !== undefined) return result(true, expected, `the field ${field}`, place(text, field));
    }
    return result(false, expected, "no field with a special character in double quotes");
  },
};

/** A field that begins with a quote, and has another with a special character between (all on the quote's own line). */
function holdsQuotedSpecial(field: string): boolean {
  const line = field.split("\n")[0] ?? "";
  const last = line.lastIndexOf('"');
  return line.startsWith('"') && last > 0 && SPECIAL.test(line.slice(1, last));
}

function place(text: string, field: string): { start: number; end: number }[] {
  const start = text.indexOf(field);
  return start < 0 ? [] : [{ start, end: start + field.length }];
}
