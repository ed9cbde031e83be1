// IFEval detectable_content:postscript. In the public checker "P.S." and "P.P.S" allow a space after each full stop, another marker is a
// pattern, and any line that contains it will do. In "corrected" the marker starts a line, may be written with or without full
// stops and spaces, and is followed by some text.

import { z } from "zod";
import type { Span } from "../../../../shared/domain/verdict.ts";
import { wordSchema, result } from "../check-result.ts";
import { findMatchesInTime } from "../guarded-pattern.ts";
import { compilePythonPattern, findMatches } from "../python-pattern.ts";
import type { Checker } from "../registry.ts";
import { escapePattern, isBlank, strip } from "../text.ts";

interface Kwargs {
  readonly postscript_marker: string;
}

export const contentPostscript: Checker<Kwargs> = {
  id: "detectable_content:postscript",
  kwargs: z.strictObject({ postscript_marker: wordSchema }),
  conflicts: ["detectable_format:json_format", "startend:quotation"],
  patterns: ({ postscript_marker }) => [postscript_marker],
  describe: ({ postscript_marker }) => `a postscript that starts with "${postscript_marker}"`,
  randomKwargs: (random) => ({ postscript_marker: random.pick(["P.S.", "P.P.S"]) }),
  check(text, kwargs, mode) {
    const spans = mode === "compat" ? publicPostscripts(text, kwargs.postscript_marker) : postscripts(text, kwargs.postscript_marker);
    if (spans === undefined) return result(false, this.describe(kwargs), "the pattern took too long and was stopped");
    // Lowering can change the length of a text (a few letters only); places would then be wrong, so none are given.
    const places = mode === "compat" && text.toLowerCase().length !== text.length ? [] : spans;
    return result(spans.length > 0, this.describe(kwargs), spans.length > 0 ? "a postscript" : "no postscript", places);
  },
};

/** The public pattern begins with \s*, which looked for as it stands takes very long in long white space; here it is added behind. */
function publicPostscripts(text: string, marker: string): Span[] | undefined {
  const lowered = text.toLowerCase();
  const found = findMatchesInTime(lowered, compilePythonPattern(`${markerPattern(marker)}.*$`, { multiline: true }), marker);
  return found?.map(({ start, end }, index) => ({ start: spacesBefore(lowered, start, found[index - 1]?.end ?? 0), end }));
}

/** Where the white space before a place begins, not before `least`. */
function spacesBefore(text: string, place: number, least: number): number {
  let start = place;
  while (start > least && isBlank(text.charAt(start - 1))) start -= 1;
  return start;
}

function markerPattern(marker: string): string {
  if (marker === "P.P.S") return "p\\.\\s?p\\.\\s?s";
  if (marker === "P.S.") return "p\\.\\s?s\\.";
  return marker.toLowerCase();
}

function postscripts(text: string, marker: string): Span[] {
  const initials = /^p\.?\s?(p\.?\s?)?s\.?$/i.exec(strip(marker));
  const body = initials === null ? escapePattern(strip(marker)) : `P\\.?[ ]?${initials[1] === undefined ? "" : "P\\.?[ ]?"}S\\b\\.?`;
  return findMatches(text, new RegExp(`^[ \\t>*_#"“]*${body}[^\\p{L}\\p{N}\\n]*[\\p{L}\\p{N}].*$`, "gimu"));
}
