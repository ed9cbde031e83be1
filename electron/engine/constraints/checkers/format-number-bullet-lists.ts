// IFEval detectable_format:number_bullet_lists: lines that start with * or -. In the public checker any line that starts with a hyphen
// counts, rules (---) and negative numbers too; "corrected" wants a bullet, a space and some text, outside of code.

import { z } from "zod";
import type { Span } from "../../../../shared/domain/verdict.ts";
import { counted, countSchema, result } from "../check-result.ts";
import { compilePythonPattern, findMatches, SPACE_CLASS } from "../python-pattern.ts";
import { randomCount } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";

interface Kwargs {
  readonly num_bullets: number;
}

/** What has to follow the start of a line; white space before the mark may span lines. */
const STAR_BULLET = compilePythonPattern("\\s*\\*[^\\*].*$", { multiline: true });
const HYPHEN_BULLET = compilePythonPattern("\\s*-.*$", { multiline: true });
const SPACES = new RegExp(`[${SPACE_CLASS}]*`, "uy");

export const formatNumberBulletLists: Checker<Kwargs> = {
  id: "detectable_format:number_bullet_lists",
  kwargs: z.strictObject({ num_bullets: countSchema }),
  conflicts: [],
  describe: ({ num_bullets }) => `exactly ${counted(num_bullets, "bullet point")}`,
  randomKwargs: (random) => ({ num_bullets: randomCount(random, 1, 8) }),
  bounds: ({ num_bullets }) => ({ of: "bullet points", least: num_bullets, most: num_bullets }),
  check(text, kwargs, mode) {
    const spans = mode === "compat" ? publicBullets(text) : findMatches(withoutCode(text), BULLET);
    return result(spans.length === kwargs.num_bullets, this.describe(kwargs), counted(spans.length, "bullet point"), spans);
  },
};

function publicBullets(text: string): Span[] {
  return [...matchesAtLines(text, STAR_BULLET), ...matchesAtLines(text, HYPHEN_BULLET)].sort((a, b) => a.start - b.start);
}

/**
 * What a pattern with ^ before it finds. Where it fails at a line it fails at every further line of the same white space, so these are
 * passed over: a pattern would try each of them to the end.
 */
function matchesAtLines(text: string, pattern: RegExp): Span[] {
  const found: Span[] = [];
  const atPlace = new RegExp(pattern.source, "uy");
  let start = 0;
  while (start <= text.length) {
    atPlace.lastIndex = start;
    let end = start;
    if (atPlace.test(text)) {
      end = atPlace.lastIndex;
      found.push({ start, end });
    } else {
      SPACES.lastIndex = start;
      if (SPACES.test(text)) end = SPACES.lastIndex;
    }
    const lineBreak = text.indexOf("\n", end);
    if (lineBreak < 0) break;
    start = lineBreak + 1;
  }
  return found;
}

/** A rule may be written with spaces (- - -): a line of the same mark alone is no bullet. */
const BULLET = /^[ \t\u3000]*(?:[-*+•‣◦・●▪–][ \t\u3000]+|[•‣◦・●▪])(?=\S)(?![-*_ \t]+$).*$/gmu;

/** Fenced code blanked out, so that places stay. */
function withoutCode(text: string): string {
  return text.replace(/^[ \t]*(```|~~~)[^]*?^[ \t]*\1[ \t]*$/gm, (block) => block.replace(/[^\n]/g, " "));
}
