// IFEval detectable_content:postscript. "P.S." and "P.P.S" allow a space after each full stop; another marker is a pattern.

import { z } from "zod";
import { patternSchema, result } from "../check-result.ts";
import { compilePythonPattern, findMatches } from "../python-pattern.ts";
import type { Checker } from "../registry.ts";

interface Kwargs {
  readonly postscript_marker: string;
}

export const contentPostscript: Checker<Kwargs> = {
  id: "detectable_content:postscript",
  kwargs: z.strictObject({ postscript_marker: patternSchema }),
  conflicts: ["detectable_format:json_format", "startend:quotation"],
  describe: ({ postscript_marker }) => `a postscript that starts with "${postscript_marker}"`,
  randomKwargs: (random) => ({ postscript_marker: random.pick(["P.S.", "P.P.S"]) }),
  check(text, kwargs) {
    const pattern = compilePythonPattern(`\\s*${markerPattern(kwargs.postscript_marker)}.*$`, { multiline: true });
    const lowered = text.toLowerCase();
    const spans = findMatches(lowered, pattern);
    // Lowering can change the length of a text (a few letters only); places would then be wrong, so none are given.
    const places = lowered.length === text.length ? spans : [];
    return result(spans.length > 0, this.describe(kwargs), spans.length > 0 ? "a postscript" : "no postscript", places);
  },
};

function markerPattern(marker: string): string {
  if (marker === "P.P.S") return "p\\.\\s?p\\.\\s?s";
  if (marker === "P.S.") return "p\\.\\s?s\\.";
  return marker.toLowerCase();
}
