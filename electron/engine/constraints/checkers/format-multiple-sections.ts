// IFEval detectable_format:multiple_sections: sections that begin with a word and a number, such as "SECTION 1". In the public checker
// the word is a pattern found anywhere, inside other words too; "corrected" wants it at the start of a line.

import { z } from "zod";
import { counted, countSchema, wordSchema, result } from "../check-result.ts";
import { findMatchesInTime } from "../guarded-pattern.ts";
import { compilePythonPattern } from "../python-pattern.ts";
import { randomCount } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import { escapePattern, strip } from "../text.ts";

interface Kwargs {
  /** Spelt as in the public data. */
  readonly section_spliter: string;
  readonly num_sections: number;
}

const NUMBER = "(?:\\p{Nd}+|[IVXLC]+(?!\\p{L})|[一二三四五六七八九十]+)";

export const formatMultipleSections: Checker<Kwargs> = {
  id: "detectable_format:multiple_sections",
  kwargs: z.strictObject({ section_spliter: wordSchema, num_sections: countSchema }),
  conflicts: ["detectable_format:json_format"],
  patterns: ({ section_spliter }) => [section_spliter],
  describe: ({ section_spliter, num_sections }) =>
    `at least ${counted(num_sections, "section")}, each beginning with "${strip(section_spliter)}" and a number`,
  randomKwargs: (random) => ({
    section_spliter: random.pick(["Section", "SECTION", "Part", "Day"]),
    num_sections: randomCount(random, 2, 5),
  }),
  check(text, kwargs, mode) {
    const spans = findMatchesInTime(text, sectionPattern(kwargs.section_spliter, mode === "compat"), kwargs.section_spliter);
    if (spans === undefined) return result(false, this.describe(kwargs), "the pattern took too long and was stopped");
    // Python's split also gives what groups inside the pattern caught, and the public checker counts all of it.
    const count = mode === "compat" ? spans.length * (1 + groupsOf(kwargs.section_spliter)) : spans.length;
    return result(count >= kwargs.num_sections, this.describe(kwargs), counted(count, "section"), spans);
  },
};

/** In "corrected", marks of headings, emphasis and quotes may stand before the word. */
function sectionPattern(splitter: string, asPublic: boolean): RegExp {
  if (asPublic) return compilePythonPattern(`\\s?${strip(splitter)}\\s?\\d+\\s?`);
  return new RegExp(`^[ \\t>#*_"“「『]*${escapePattern(strip(splitter))}[ \\t]*${NUMBER}`, "gimu");
}

function groupsOf(splitter: string): number {
  return (new RegExp(`${compilePythonPattern(splitter).source}|`, "u").exec("")?.length ?? 1) - 1;
}
