// raif:line_range: from so many to so many lines with text.

import type { Span } from "../../../../shared/domain/verdict.ts";
import { findMatches } from "../python-pattern.ts";
import { rangeRule } from "../range-rule.ts";
import { isBlank } from "../text.ts";

export const lineRange = rangeRule({ id: "raif:line_range", unit: "line", of: "lines", plausible: [1, 20], count: filledLines });

function filledLines(text: string): Span[] {
  return findMatches(text, /[^\r\n]+/g).filter(({ start, end }) => !isBlank(text.slice(start, end)));
}
