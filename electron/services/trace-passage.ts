// Shows a table row where a search hit: the passage around the first hit, hits between U+0001 and U+0002.

import type { SearchScope, TraceSearch } from "../../shared/domain/trace.ts";
import { findTerms, parseSearchTerms } from "../storage/search-terms.ts";
import type { ScanHit } from "./trace-scan.ts";

const BEFORE = 40;
const LENGTH = 180;
const HIT_START = "\u0001";
const HIT_END = "\u0002";

type Ranges = readonly { readonly start: number; readonly end: number }[];
type Texts = Readonly<Record<SearchScope, string | null>>;

/** For a search of words: the first text, reasoning before answer before prompt, that has one of them; null where none has. */
export function passageOfTerms(texts: Texts, { query, scopes }: TraceSearch): string | null {
  const { wanted } = parseSearchTerms(query);
  for (const scope of ["reasoning", "answer", "prompt"] as const) {
    const text = texts[scope];
    if (text === null || !scopes.includes(scope)) continue;
    const hits = findTerms(text, wanted);
    if (hits.length > 0) return marked(text, hits);
  }
  return null;
}

/** For a regular expression, whose hit is known; null for an empty hit. */
export function passageOfHit(texts: Texts, { scope, start, end }: ScanHit): string | null {
  const text = texts[scope];
  return text === null || start === end ? null : marked(text, [{ start, end }]);
}

function marked(text: string, hits: Ranges): string {
  const first = hits[0] as { readonly start: number };
  const start = Math.max(0, first.start - BEFORE);
  const end = Math.min(text.length, start + LENGTH);
  let passage = start > 0 ? "…" : "";
  let at = start;
  for (const hit of hits) {
    if (hit.start >= end) break;
    const hitEnd = Math.min(hit.end, end);
    passage += text.slice(at, hit.start) + HIT_START + text.slice(hit.start, hitEnd) + HIT_END;
    at = hitEnd;
  }
  passage += text.slice(at, end) + (end < text.length ? "…" : "");
  return passage.replace(/\s+/g, " ");
}
