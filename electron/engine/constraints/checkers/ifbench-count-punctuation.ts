// IFBench count:punctuation: every mark of . , ! ? ; : and an interrobang (?!, !? or ‽) beside them. Corrected takes full-width marks
// for the same.

import { noArguments, quoteList, result, type NoArguments } from "../check-result.ts";
import type { Checker } from "../registry.ts";

const MARKS: readonly string[] = [".", ",", "!", "?", ";", ":"];
const NARROW: Readonly<Record<string, string>> = { "。": ".", "．": ".", "，": ",", "、": ",", "！": "!", "？": "?", "；": ";", "：": ":" };

export const ifbenchCountPunctuation: Checker<NoArguments> = {
  id: "count:punctuation",
  kwargs: noArguments,
  conflicts: ["punctuation:no_comma"],
  describe: () => `each of ${MARKS.join(" ")} and an interrobang`,
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const narrow = mode === "compat" ? text : text.replace(/[。．，、！？；：]/g, (mark) => NARROW[mark] ?? mark);
    const interrobang = narrow.includes("?!") ? narrow.indexOf("?!") : narrow.indexOf("!?");
    const rest = interrobang < 0 ? narrow : `${narrow.slice(0, interrobang)}  ${narrow.slice(interrobang + 2)}`;
    const single = narrow.indexOf("‽");
    const missing = MARKS.filter((mark) => !rest.includes(mark));
    if (interrobang < 0 && single < 0) missing.push("?!");
    const spans = MARKS.map((mark) => rest.indexOf(mark))
      .filter((start) => start >= 0)
      .map((start) => ({ start, end: start + 1 }));
    if (interrobang >= 0) spans.push({ start: interrobang, end: interrobang + 2 });
    else if (single >= 0) spans.push({ start: single, end: single + 1 });
    return result(missing.length === 0, this.describe(kwargs), missing.length === 0 ? "all found" : `missing ${quoteList(missing)}`, spans);
  },
};
