// IFBench format:list: a list whose items begin with a given marker. The public checker is content with two markers anywhere; corrected
// wants them at the beginning of two lines.

import { z } from "zod";
import { counted, result, wordSchema } from "../check-result.ts";
import { findMatches } from "../python-pattern.ts";
import type { Checker } from "../registry.ts";
import { escapePattern } from "../text.ts";

interface Kwargs {
  readonly sep: string;
}

const LEAST = 2;

export const ifbenchFormatList: Checker<Kwargs> = {
  id: "format:list",
  kwargs: z.strictObject({ sep: wordSchema }),
  conflicts: ["format:options", "format:no_bullets_bullets", "detectable_format:number_bullet_lists"],
  describe: ({ sep }) => `a list with "${sep}" before each item`,
  randomKwargs: (random) => ({ sep: random.pick(["...", "->", "ITEM", "##", "-"]) }),
  check(text, kwargs, mode) {
    const marker = escapePattern(kwargs.sep);
    const found = findMatches(text, mode === "compat" ? new RegExp(marker, "gu") : new RegExp(`(?<=^[ \\t]*)${marker}`, "gmu"));
    return result(found.length >= LEAST, this.describe(kwargs), counted(found.length, "marker"), found);
  },
};
