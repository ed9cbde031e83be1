// IFBench format:no_bullets_bullets: at least two sentences, then at least two bullets with *, nothing behind. To the public checker a
// blank line ends the sentences and spoils the bullets, and sentences need no full stop; corrected skips blank lines and wants the stop.

import type { CheckMode } from "../../../../shared/domain/instruction.ts";
import { counted, noArguments, result, type NoArguments } from "../check-result.ts";
import { lines, places, sentenceTokens } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";
import { isBlank, strip, type Token } from "../text.ts";

const LEAST = 2;

export const ifbenchFormatNoBulletsBullets: Checker<NoArguments> = {
  id: "format:no_bullets_bullets",
  kwargs: noArguments,
  conflicts: ["words:vowel", "format:sub-bullets", "format:list", "detectable_format:json_format"],
  describe: () => `at least ${LEAST} sentences, then at least ${LEAST} bullets with *`,
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const { sentences, bullets, stray } = read(text, mode);
    const got = `${counted(sentences, "sentence")}, ${counted(bullets.length, "bullet")}`;
    const passed = sentences >= LEAST && bullets.length >= LEAST && stray === undefined;
    if (stray === undefined) return result(passed, this.describe(kwargs), got, places(bullets));
    return result(false, this.describe(kwargs), `${got}, then a line that is neither`, places([stray]));
  },
};

interface Reading {
  readonly sentences: number;
  readonly bullets: readonly Token[];
  /** The first line after the sentences that is no bullet. */
  readonly stray?: Token;
}

function read(text: string, mode: CheckMode): Reading {
  let sentences = 0;
  let inSentences = true;
  const bullets: Token[] = [];
  for (const line of lines(text)) {
    if (mode === "corrected" && isBlank(line.text)) continue;
    const content = strip(line.text);
    if (content.startsWith("*")) {
      inSentences = false;
      bullets.push(line);
      // Whatever else comes: too few sentences stood before the bullets.
      if (sentences < LEAST) return { sentences, bullets };
    } else if (inSentences) {
      const found = sentenceTokens(content, mode).filter((sentence) => mode === "compat" || /[.。．]["'”’)]*$/u.test(sentence.text));
      sentences += found.length;
      inSentences = mode === "corrected" || found.length > 0;
    } else {
      return { sentences, bullets, stray: line };
    }
  }
  return { sentences, bullets };
}
