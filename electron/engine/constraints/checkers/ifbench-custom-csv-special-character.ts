// IFBench custom:csv_special_character: comma-separated data with five given columns and fourteen rows, and a field in double quotes
// with a character that is no letter, digit or space.

import { counted, noArguments, result, type NoArguments } from "../check-result.ts";
import { csvRows } from "../csv-rows.ts";
import { lines, places } from "../ifbench-text.ts";
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
    const [header] = lines(text);
    if (!HEADER.test(strip(header?.text ?? "")))
      return result(false, expected, "other columns", header === undefined ? [] : places([header]));
    const rows = csvRows(text, ",", true);
    if (rows?.length !== ROWS + 1) return result(false, expected, counted(Math.max((rows?.length ?? 1) - 1, 0), "row"));
    // As in the public checker, rows behind the one with the quoted field are not looked at.
    for (const row of rows.slice(1)) {
      if (row.fields.length !== COLUMNS.length)
        return result(false, expected, `a row of ${counted(row.fields.length, "field")}`, places([row]));
      const field = row.fields.find(holdsQuotedSpecial);
      if (field !== undefined) return result(true, expected, `the field ${field}`, places([row]));
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
