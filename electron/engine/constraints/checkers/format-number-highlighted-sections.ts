// IFEval detectable_format:number_highlighted_sections: *text* or **text** on one line. The public checker counts single and double
// stars separately and adds them, so that the stars of bullets pair up with those of emphasis; "corrected" counts emphasis as Markdown
// reads it.

import { z } from "zod";
import type { Span } from "../../../../shared/domain/verdict.ts";
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
  check(text, kwargs, mode) {
    const spans = mode === "compat" ? publicHighlights(text) : findMatches(text, EMPHASIS);
    return result(spans.length >= kwargs.num_highlights, this.describe(kwargs), counted(spans.length, "highlighted section"), spans);
  },
};

function publicHighlights(text: string): Span[] {
  const single = findMatches(text, /\*[^\n*]*\*/g);
  const double = findMatches(text, /\*\*[^\n*]*\*\*/g);
  return [...single, ...double]
    .filter(({ start, end }) => !isBlank(text.slice(start, end).replaceAll("*", "")))
    .sort((a, b) => a.start - b.start);
}

/** As in Markdown: as many stars before as behind, none beside them, and no white space directly inside. */
const EMPHASIS = /(?<!\*)(\*{1,3})(?![*\s])[^*\n]+(?<!\s)\1(?!\*)/g;
