// IFBench format:thesis: a statement in italics of HTML, <i> or <em>, with text behind it. The public checker looks for any opening and
// any closing tag and takes both for three and four characters long, so <em></em> holds a statement; corrected wants a pair with words.

import { noArguments, result, type NoArguments } from "../check-result.ts";
import type { Checker } from "../registry.ts";
import { isBlank } from "../text.ts";

const PAIR = /<(i|em)>([^<]*)<\/\1>/giu;
const OPENING_LENGTH = 3;
const CLOSING_LENGTH = 4;

export const ifbenchFormatThesis: Checker<NoArguments> = {
  id: "format:thesis",
  kwargs: noArguments,
  conflicts: ["detectable_format:json_format"],
  describe: () => "a thesis in <i> or <em>, followed by text",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const range = mode === "compat" ? anyTags(text) : matchingTags(text);
    const passed = range !== undefined && !isBlank(text.slice(range.end));
    const got = range === undefined ? "no thesis in italics" : passed ? "a thesis and text" : "no text behind the thesis";
    return result(passed, this.describe(kwargs), got, range === undefined ? [] : [range]);
  },
};

function anyTags(text: string): { readonly start: number; readonly end: number } | undefined {
  const start = text.includes("<i>") ? text.indexOf("<i>") : text.indexOf("<em>");
  if (start < 0) return undefined;
  const short = text.indexOf("</i>", start);
  const closing = short >= 0 ? short : text.indexOf("</em>", start);
  if (closing < 0 || isBlank(text.slice(start + OPENING_LENGTH, closing))) return undefined;
  return { start, end: Math.min(closing + CLOSING_LENGTH, text.length) };
}

function matchingTags(text: string): { readonly start: number; readonly end: number } | undefined {
  for (const match of text.matchAll(PAIR)) {
    if (!isBlank(match[2] ?? "")) return { start: match.index, end: match.index + match[0].length };
  }
  return undefined;
}
