// Sentence boundaries for English text, by the platform's Unicode segmenter. Owns no rule.

import type { Span } from "../../../shared/domain/verdict.ts";
import { strippedRange } from "./text.ts";

const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });

/** Non-blank sentences without their surrounding white space. */
export function sentences(text: string): Span[] {
  const spans: Span[] = [];
  for (const { segment, index } of segmenter.segment(text)) {
    const range = strippedRange(segment);
    if (range.end > range.start) spans.push({ start: index + range.start, end: index + range.end });
  }
  return spans;
}
