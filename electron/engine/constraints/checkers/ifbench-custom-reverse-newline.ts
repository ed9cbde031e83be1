// IFBench custom:reverse_newline: the countries of Africa, one a line, from Z to A. The public checker knows no country but the last of
// the alphabet: from its line on, at least 52 lines have to be in reverse order. Corrected takes list numbers off first.

import { counted, excerpt, noArguments, result, type NoArguments } from "../check-result.ts";
import { lines, places, plainLetters, unmarked } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";
import { excludedByWholeAnswer } from "../whole-answer-rules.ts";

const FIRST = "Zimbabwe";
const LEAST_LINES = 52;

export const ifbenchCustomReverseNewline: Checker<NoArguments> = {
  id: "custom:reverse_newline",
  kwargs: noArguments,
  conflicts: excludedByWholeAnswer("custom:reverse_newline", ["format:no_whitespace"]),
  describe: () => "the countries of Africa, one a line, in reverse alphabetical order",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const all = lines(text)
      .map((line) => ({ ...line, text: mode === "compat" ? line.text : line.text.replace(/^\s*\p{Nd}+[.)]\s*/u, "") }))
      .map((line) => ({ ...line, text: unmarked(line.text) }))
      .filter((line) => line.text !== "");
    const start = all.findIndex((line) => line.text.includes(FIRST));
    if (start < 0) return result(false, this.describe(kwargs), `no line with ${FIRST}`);
    const listed = all.slice(start);
    const plain = listed.map((line) => plainLetters(line.text));
    const off = listed.filter((_, index) => index > 0 && (plain[index] ?? "") > (plain[index - 1] ?? ""));
    const first = off[0];
    const got = `${counted(listed.length, "line")} from ${FIRST} on${first === undefined ? "" : `, ${excerpt(first.text)} out of order`}`;
    return result(listed.length >= LEAST_LINES && first === undefined, this.describe(kwargs), got, places(off));
  },
};
