// IFBench count:words_japanese: every N-th word between white space holds a kana or a Han character; numbers and lone marks are
// excused. A text shorter than N words passes the public checker; corrected wants at least one such word.

import { z } from "zod";
import { counted, result } from "../check-result.ts";
import { noneOff, spacedWords, unmarked } from "../ifbench-text.ts";
import { randomCount } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";

interface Kwargs {
  readonly N: number;
}

const JAPANESE = /[\u3040-\u30ff\u4e00-\u9fff]/;
/** Python's str.isdigit(): decimal digits, raised, lowered and circled ones. */
const DIGITS =
  /^[\p{Nd}²³¹\u1369-\u1371\u19da\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2468\u2474-\u247c\u2488-\u2490\u24ea\u24f5-\u24fd\u24ff\u2776-\u277e\u2780-\u2788\u278a-\u2792]+$/u;

export const ifbenchCountWordsJapanese: Checker<Kwargs> = {
  id: "count:words_japanese",
  kwargs: z.strictObject({ N: z.int().min(1) }),
  conflicts: ["words:alphabet", "words:consonants", "change_case:english_lowercase", "change_case:english_capital"],
  describe: ({ N }) => (N === 1 ? "every word in Japanese" : `every ${ordinal(N)} word in Japanese`),
  randomKwargs: (random) => ({ N: randomCount(random, 1, 30) }),
  check(text, kwargs, mode) {
    const due = spacedWords(text).filter((_, index) => (index + 1) % kwargs.N === 0);
    if (mode === "corrected" && due.length === 0) return result(false, this.describe(kwargs), `fewer than ${counted(kwargs.N, "word")}`);
    const off = due.filter(({ text: word }) => {
      const bare = unmarked(word);
      return bare !== "" && !DIGITS.test(bare) && !JAPANESE.test(bare);
    });
    return noneOff(this.describe(kwargs), due.length, `${ordinal(kwargs.N)} word`, off);
  },
};

const ORDINALS = new Intl.PluralRules("en", { type: "ordinal" });
const ENDINGS: Readonly<Record<string, string>> = { one: "st", two: "nd", few: "rd" };

function ordinal(number: number): string {
  return `${number}${ENDINGS[ORDINALS.select(number)] ?? "th"}`;
}
