// IFBench custom:date_format_list: dates as YYYY-MM-DD divided by commas and nothing else, in Napoleon's lifetime (1769 to 1821). The
// public checker lets month and day 0 and 29 February of any year pass; corrected wants days that were.

import type { CheckMode } from "../../../../shared/domain/instruction.ts";
import { noArguments, type NoArguments } from "../check-result.ts";
import { noneOff, pieces } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";
import { strip } from "../text.ts";
import { excludedByWholeAnswer } from "../whole-answer-rules.ts";

const DATE = /^(\p{Nd}{4})-(\p{Nd}{2})-(\p{Nd}{2})$/u;
const [FIRST_YEAR, LAST_YEAR] = [1769, 1821];
/** Days of the months in a leap year; month 0 is the public checker's. */
const DAYS: readonly number[] = [99, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export const ifbenchCustomDateFormatList: Checker<NoArguments> = {
  id: "custom:date_format_list",
  kwargs: noArguments,
  conflicts: excludedByWholeAnswer("custom:date_format_list", ["punctuation:no_comma", "count:numbers", "count:unique_word_count"]),
  describe: () => `dates from ${FIRST_YEAR} to ${LAST_YEAR} as YYYY-MM-DD, divided by commas, nothing else`,
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const dates = pieces(text, ",");
    return noneOff(
      this.describe(kwargs),
      dates.length,
      "date",
      dates.filter((date) => !isDate(strip(date.text), mode)),
    );
  },
};

function isDate(text: string, mode: CheckMode): boolean {
  const [, year, month, day] = (DATE.exec(text) ?? []).map(decimal);
  if (year === undefined || month === undefined || day === undefined) return false;
  if (year < FIRST_YEAR || year > LAST_YEAR || day > (DAYS[month] ?? -1)) return false;
  return mode === "compat" || (month > 0 && day > 0 && new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day);
}

/** The value of decimal digits, full-width ones too; NaN for the whole match, which is no number. */
function decimal(digits: string): number {
  return Number(digits.normalize("NFKC"));
}
