// IFBench count:keywords_multiple: five keywords 1, 2, 3, 5 and 7 times. The public checker counts the letters anywhere, also inside
// longer words; corrected counts whole words.

import { z } from "zod";
import { result, wordSchema } from "../check-result.ts";
import { findLowered } from "../ifbench-text.ts";
import { randomWords } from "../random-kwargs.ts";
import { findPhrase } from "../readable-text.ts";
import type { Checker } from "../registry.ts";
import { strip } from "../text.ts";

interface Kwargs {
  readonly keyword1: string;
  readonly keyword2: string;
  readonly keyword3: string;
  readonly keyword4: string;
  readonly keyword5: string;
}

const TIMES: readonly number[] = [1, 2, 3, 5, 7];

function keywords(kwargs: Kwargs): string[] {
  return [kwargs.keyword1, kwargs.keyword2, kwargs.keyword3, kwargs.keyword4, kwargs.keyword5].map(strip);
}

export const ifbenchCountKeywordsMultiple: Checker<Kwargs> = {
  id: "count:keywords_multiple",
  kwargs: z.strictObject({ keyword1: wordSchema, keyword2: wordSchema, keyword3: wordSchema, keyword4: wordSchema, keyword5: wordSchema }),
  conflicts: [],
  describe: (kwargs) =>
    keywords(kwargs)
      .map((keyword, index) => `"${keyword}" ${TIMES[index]}×`)
      .join(", "),
  randomKwargs(random) {
    const [keyword1 = "", keyword2 = "", keyword3 = "", keyword4 = "", keyword5 = ""] = randomWords(random, 5, 5);
    return { keyword1, keyword2, keyword3, keyword4, keyword5 };
  },
  check(text, kwargs, mode) {
    const found = keywords(kwargs).map((keyword) => (mode === "compat" ? findLowered(text, keyword) : findPhrase(text, keyword)));
    const got = keywords(kwargs).map((keyword, index) => `"${keyword}" ${found[index]?.length}×`);
    const passed = found.every((matches, index) => matches.length === TIMES[index]);
    return result(passed, this.describe(kwargs), got.join(", "), found.flat());
  },
};
