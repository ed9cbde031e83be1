// IFBench format:emoji: every sentence ends in an emoji, before or behind its mark. Which characters are emoji says Node's own Unicode
// data. The public checker looks at the last two code points, or the first of the next sentence; corrected at the last grapheme.

import { noArguments, type NoArguments } from "../check-result.ts";
import { noneOff, sentenceTokens, withoutPunctuation } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";
import { strip } from "../text.ts";

/** One code point that is an emoji by itself: no digit, no half of a flag. */
const EMOJI = /^(?![0-9#*\u{1f1e6}-\u{1f1ff}])\p{Emoji}$/u;
const EMOJI_GRAPHEME = /^(?![0-9#*]$)(?:\p{RGI_Emoji}|\p{Extended_Pictographic}\ufe0f?)$/v;
const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });

export const ifbenchFormatEmoji: Checker<NoArguments> = {
  id: "format:emoji",
  kwargs: noArguments,
  conflicts: ["startend:end_checker", "startend:quotation"],
  describe: () => "an emoji at the end of every sentence",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const found = sentenceTokens(text, mode);
    const letters = found.map((sentence) => {
      const bare = strip(withoutPunctuation(sentence.text));
      return mode === "compat" ? Array.from(bare) : Array.from(GRAPHEMES.segment(bare), ({ segment }) => segment);
    });
    const isEmoji = (character: string | undefined): boolean =>
      character !== undefined && (mode === "compat" ? EMOJI : EMOJI_GRAPHEME).test(character);
    const off = found.filter((_, index) => {
      const own = letters[index] ?? [];
      if (own.length === 0) return true;
      return !(isEmoji(own.at(-1)) || (mode === "compat" && isEmoji(own.at(-2))) || isEmoji(letters[index + 1]?.[0]));
    });
    return noneOff(this.describe(kwargs), found.length, "sentence", off);
  },
};
