// IFBench format:sub-bullets: bullets with * and at least one sub-bullet with - under each. The public checker looks for a hyphen
// between two asterisks wherever they stand, and passes a text without any; corrected reads lines and wants a bullet.

import { counted, noArguments, result, type NoArguments } from "../check-result.ts";
import { lines, pieces, places } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";
import { isBlank, type Token } from "../text.ts";

export const ifbenchFormatSubBullets: Checker<NoArguments> = {
  id: "format:sub-bullets",
  kwargs: noArguments,
  conflicts: ["detectable_format:json_format", "format:no_bullets_bullets"],
  describe: () => "bullets with *, each with a sub-bullet with -",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const { bullets, bare } = mode === "compat" ? byAsterisks(text) : byLines(text);
    const passed = bare.length === 0 && (mode === "compat" || bullets > 0);
    return result(passed, this.describe(kwargs), `${counted(bullets, "bullet")}, ${bare.length} without a sub-bullet`, places(bare));
  },
};

interface Bullets {
  readonly bullets: number;
  /** Those without a sub-bullet. */
  readonly bare: readonly Token[];
}

function byAsterisks(text: string): Bullets {
  const found = pieces(text, "*").slice(1);
  return { bullets: found.length, bare: found.filter((piece) => !piece.text.includes("-")) };
}

function byLines(text: string): Bullets {
  const bare: Token[] = [];
  let bullets = 0;
  let waiting: Token | undefined;
  for (const line of lines(text).filter(({ text: content }) => !isBlank(content))) {
    if (/^\s*\*\s/u.test(line.text)) {
      if (waiting !== undefined) bare.push(waiting);
      waiting = line;
      bullets += 1;
    } else if (/^\s*-\s/u.test(line.text)) {
      waiting = undefined;
    }
  }
  return { bullets, bare: waiting === undefined ? bare : [...bare, waiting] };
}
