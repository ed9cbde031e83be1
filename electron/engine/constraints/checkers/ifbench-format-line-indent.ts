// IFBench format:line_indent: each line is indented by more spaces than the one before. The public checker drops only some of the blank
// lines and passes a single line; corrected drops all of them, counts tabs too and wants two lines at least.

import { noArguments, result, type NoArguments } from "../check-result.ts";
import { lines, noneOff } from "../ifbench-text.ts";
import type { Checker } from "../registry.ts";
import { isBlank, type Token } from "../text.ts";

export const ifbenchFormatLineIndent: Checker<NoArguments> = {
  id: "format:line_indent",
  kwargs: noArguments,
  conflicts: ["words:vowel", "detectable_format:json_format", "raif:numbered_list"],
  describe: () => "each line indented more than the one before",
  randomKwargs: () => ({}),
  check(text, kwargs, mode) {
    const kept = mode === "compat" ? withoutEveryOtherBlank(lines(text)) : lines(text).filter((line) => !isBlank(line.text));
    if (mode === "corrected" && kept.length < 2) return result(false, this.describe(kwargs), "a single line");
    const indents = kept.map((line) => (/^ */.exec(mode === "compat" ? line.text : line.text.replaceAll("\t", "  "))?.[0] ?? "").length);
    const off = kept.filter((_, index) => index > 0 && (indents[index] ?? 0) <= (indents[index - 1] ?? 0));
    return noneOff(this.describe(kwargs), kept.length, "line", off);
  },
};

/**
 * Blank lines as the public checker takes them out while it walks along: the line behind a blank one is passed over unseen, and of
 * lines that read alike the earliest still there goes first.
 */
function withoutEveryOtherBlank(all: readonly Token[]): Token[] {
  const gone = new Set<number>();
  const passedOver = new Map<string, { readonly indices: number[]; next: number }>();
  const keep = (index: number): void => {
    const line = all[index];
    if (line === undefined || !isBlank(line.text)) return;
    const same = passedOver.get(line.text);
    if (same === undefined) passedOver.set(line.text, { indices: [index], next: 0 });
    else same.indices.push(index);
  };
  for (let index = 0; index < all.length; index += 1) {
    const line = all[index];
    if (line === undefined || !isBlank(line.text)) continue;
    const same = passedOver.get(line.text);
    const earlier = same?.indices[same.next];
    gone.add(earlier ?? index);
    if (same !== undefined && earlier !== undefined) {
      same.next += 1;
      same.indices.push(index);
    }
    index += 1;
    keep(index);
  }
  return all.filter((_, index) => !gone.has(index));
}
