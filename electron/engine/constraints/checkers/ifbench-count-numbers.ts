// IFBench count:numbers: exactly so many numbers. The public checker takes punctuation out first, so "3-4" and "1/2" are one number
// each; corrected joins digits by a decimal point or a thousands comma only.

import { z } from "zod";
import { counted, countSchema, result } from "../check-result.ts";
import { PUNCTUATION_CLASS } from "../ifbench-text.ts";
import { findMatches } from "../python-pattern.ts";
import { randomCount } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";

interface Kwargs {
  readonly N: number;
}

const JOINED_BY_ANY_MARK = new RegExp(`\\p{Nd}(?:[${PUNCTUATION_CLASS}]*\\p{Nd})*`, "gu");
const NUMBER = /\p{Nd}+(?:[.,]\p{Nd}+)*/gu;

export const ifbenchCountNumbers: Checker<Kwargs> = {
  id: "count:numbers",
  kwargs: z.strictObject({ N: countSchema }),
  conflicts: ["custom:multiples", "custom:date_format_list", "custom:csv_city"],
  describe: ({ N }) => `exactly ${counted(N, "number")}`,
  randomKwargs: (random) => ({ N: randomCount(random, 1, 6) }),
  check(text, kwargs, mode) {
    const found = findMatches(text, mode === "compat" ? JOINED_BY_ANY_MARK : NUMBER);
    return result(found.length === kwargs.N, this.describe(kwargs), counted(found.length, "number"), found);
  },
};
