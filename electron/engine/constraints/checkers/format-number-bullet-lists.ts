// IFEval detectable_format:number_bullet_lists: lines that start with * or -. Any line that starts with a hyphen counts, as in
// the public checker.

import { z } from "zod";
import { counted, countSchema, result } from "../check-result.ts";
import { compilePythonPattern, findMatches } from "../python-pattern.ts";
import type { Checker } from "../registry.ts";

interface Kwargs {
  readonly num_bullets: number;
}

const STAR_BULLET = compilePythonPattern("^\\s*\\*[^\\*].*$", { multiline: true });
const HYPHEN_BULLET = compilePythonPattern("^\\s*-.*$", { multiline: true });

export const formatNumberBulletLists: Checker<Kwargs> = {
  id: "detectable_format:number_bullet_lists",
  kwargs: z.strictObject({ num_bullets: countSchema }),
  describe: ({ num_bullets }) => `exactly ${counted(num_bullets, "bullet point")}`,
  check(text, kwargs) {
    const spans = [...findMatches(text, STAR_BULLET), ...findMatches(text, HYPHEN_BULLET)].sort((a, b) => a.start - b.start);
    return result(spans.length === kwargs.num_bullets, this.describe(kwargs), counted(spans.length, "bullet point"), spans);
  },
};
