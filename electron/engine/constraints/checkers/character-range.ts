// raif:character_range: from so many to so many characters as a reader sees them, white space not counted (an emoji of several parts is one).

import type { Span } from "../../../../shared/domain/verdict.ts";
import { rangeRule } from "../range-rule.ts";
import { isBlank } from "../text.ts";

export const characterRange = rangeRule({
  id: "raif:character_range",
  unit: "character",
  of: "characters",
  plausible: [50, 2000],
  count: visibleCharacters,
});

let segmenter: Intl.Segmenter | undefined;

function visibleCharacters(text: string): Span[] {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return Array.from(segmenter.segment(text))
    .filter(({ segment }) => !isBlank(segment))
    .map(({ segment, index }) => ({ start: index, end: index + segment.length }));
}
