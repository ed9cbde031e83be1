// followbench:answer: how FollowBench (arXiv 2310.20410) compares an answer with what a record names as its target, for the items that it
// scores by rule. "compat" compares character by character; "corrected" does not mind white space around what is compared, and an answer
// in a template may have several lines.

import { z } from "zod";
import type { CheckMode } from "../../../../shared/domain/instruction.ts";
import { excerpt, quoteList, result } from "../check-result.ts";
import { randomWord } from "../random-kwargs.ts";
import type { Checker } from "../registry.ts";
import { isBlank, strip } from "../text.ts";

const KINDS = ["one-of", "lines", "contains", "last-option", "last-date", "last-amount", "template"] as const;
export type FollowbenchKind = (typeof KINDS)[number];

interface Kwargs {
  readonly kind: FollowbenchKind;
  /** What the answer may be, lines that it may have, or the one target; of a template with "{answer}" in it. */
  readonly targets: readonly string[];
}

/** The last of these in the answer is compared. */
const LAST = { "last-option": /\([A-Z]\)/g, "last-date": /\d{2}\/\d{2}\/\d{4}/g, "last-amount": /\$\d+|\d+美元/g } as const;
const PLACE = "{answer}";

export const followbenchAnswer: Checker<Kwargs> = {
  id: "followbench:answer",
  kwargs: z
    .strictObject({ kind: z.enum(KINDS), targets: z.array(z.string().min(1)).min(1) })
    .refine(
      ({ kind, targets }) => kind !== "template" || targets.every((target) => target.split(PLACE).length === 2),
      `a template has ${PLACE} once`,
    ),
  conflicts: [],
  describe: ({ kind, targets }) => DESCRIPTIONS[kind](targets),
  randomKwargs(random) {
    const kind = random.pick(KINDS);
    const target = {
      "one-of": randomWord(random),
      lines: randomWord(random),
      contains: randomWord(random),
      "last-option": "(B)",
      "last-date": "01/31/2024",
      "last-amount": "$28",
      template: `[Reply]\n${PLACE}`,
    }[kind];
    return { kind, targets: [target] };
  },
  check(text, kwargs, mode) {
    const { passed, got } = compare(text, kwargs, mode);
    return result(passed, this.describe(kwargs), got);
  },
};

const DESCRIPTIONS: Readonly<Record<FollowbenchKind, (targets: readonly string[]) => string>> = {
  "one-of": (targets) => (targets.length === 1 ? `exactly ${excerpt(targets[0] ?? "")}` : `one of ${quoteList(targets)}`),
  lines: (targets) => `no line but ${quoteList(targets)}`,
  contains: (targets) => `contains ${quoteList(targets)}`,
  "last-option": (targets) => `the last option named is ${quoteList(targets)}`,
  "last-date": (targets) => `the last date named is ${quoteList(targets)}`,
  "last-amount": (targets) => `the last amount named is ${quoteList(targets)}`,
  template: (targets) => `written as ${quoteList(targets)}`,
};

function compare(text: string, { kind, targets }: Kwargs, mode: CheckMode): { readonly passed: boolean; readonly got: string } {
  const plain = mode === "compat" ? (part: string): string => part : strip;
  const wanted = targets.map(plain);
  switch (kind) {
    case "one-of":
      return { passed: wanted.includes(plain(text)), got: excerpt(strip(text)) };
    case "lines": {
      const lines = text.split("\n").map(plain);
      const counting = mode === "compat" ? lines : lines.filter((line) => line !== "");
      const other = counting.find((line) => !wanted.includes(line));
      return { passed: counting.length > 0 && other === undefined, got: other === undefined ? "no other line" : excerpt(other) };
    }
    case "contains":
      return { passed: wanted.some((target) => text.includes(target)), got: excerpt(strip(text)) };
    case "template": {
      const passed = targets.some((target) => isWrittenAs(plain(text), plain(target), mode));
      return { passed, got: isBlank(text) ? "nothing" : excerpt(strip(text)) };
    }
    default: {
      const last = text.match(LAST[kind])?.at(-1);
      return { passed: last !== undefined && wanted.includes(last), got: last ?? "none" };
    }
  }
}

/** Between what stands before and behind the place there is one line in "compat", any text in "corrected". */
function isWrittenAs(text: string, target: string, mode: CheckMode): boolean {
  const [before = "", behind = ""] = target.split(PLACE);
  if (text.length < before.length + behind.length || !text.startsWith(before) || !text.endsWith(behind)) return false;
  return mode === "corrected" || !text.slice(before.length, text.length - behind.length).includes("\n");
}
