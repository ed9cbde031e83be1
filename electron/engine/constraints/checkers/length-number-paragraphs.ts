// IFEval length_constraints:number_paragraphs. Paragraphs are separated by the Markdown divider ***; in the public checker a blank one
// inside fails and the stars of ***emphasis*** divide too, in "corrected" the divider stands by itself and blank parts do not count.

import { z } from "zod";
import { counted, countSchema, result } from "../check-result.ts";
import { compilePythonPattern, findMatches } from "../python-pattern.ts";
import { randomCount } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import { isBlank, splitSpans } from "../text.ts";

interface Kwargs {
  readonly num_paragraphs: number;
}

const OWN_DIVIDER = /(?<![^\s])\*{3,}(?![^\s])/g;
const DIVIDER = compilePythonPattern("\\s?\\*\\*\\*\\s?");

export const lengthNumberParagraphs: Checker<Kwargs> = {
  id: "length_constraints:number_paragraphs",
  kwargs: z.strictObject({ num_paragraphs: countSchema }),
  conflicts: ["detectable_format:json_format"],
  describe: ({ num_paragraphs }) => `exactly ${counted(num_paragraphs, "paragraph")} separated by ***`,
  randomKwargs: (random) => ({ num_paragraphs: randomCount(random, 2, 6) }),
  bounds: ({ num_paragraphs }) => ({ of: "paragraphs", least: num_paragraphs, most: num_paragraphs }),
  check(text, kwargs, mode) {
    const pieces = splitSpans(text, findMatches(text, mode === "compat" ? DIVIDER : OWN_DIVIDER));
    const filled = pieces.filter((piece) => !isBlank(piece.text));
    const blankInside = mode === "compat" && pieces.slice(1, -1).some((piece) => isBlank(piece.text));
    const got = counted(filled.length, "paragraph") + (blankInside ? " and an empty one between" : "");
    return result(
      !blankInside && filled.length === kwargs.num_paragraphs,
      this.describe(kwargs),
      got,
      filled.map(({ start, end }) => ({ start, end })),
    );
  },
};
