// IFEval detectable_format:number_highlighted_sections: *text* or **text** on one line. Single and double stars are counted
// separately and added, as in the public checker.

import { z } from "zod";
import { counted, countSchema, result } from "../check-result.ts";
import { findMatches } from "../python-pattern.ts";
import { randomCount } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import { isBlank } from "../text.ts";

interface Kwargs {
  readonly num_highlights: number;
}

export const formatNumberHighlightedSections: Checker<Kwargs> = {
  id: "detectable_format:number_highlighted_sections",
  kwargs: z.strictObject({ num_highlights: countSchema }),
  conflicts: [],
  describe: ({ num_highlights }) => `at least ${counted(num_highlights, "highlighted section")} between stars`,
  randomKwargs: (random) => ({ num_highlights: randomCount(random, 1, 4) }),
  check(text, kwargs) {
    const single = findMatches(text, /\*[^\n*]*\*/g);
    const double = findMatches(text, /\*\*[^\n*]*\*\*/g);
    const spans = [...single, ...double]
      .filter(({ start, end }) => !isBlank(text.slice(start, end).replaceAll("*", "")))
      .sort((a, b) => a.start - b.start);
    return result(spans.length >= kwargs.num_highlights, this.describe(kwargs), counted(spans.length, "highlighted section"), spans);
  },
};
