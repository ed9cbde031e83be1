// Findings of a check in words: what each type is, how grave it is, what a fix would do.

import type { FindingSeverity, FindingType, QualityFix } from "../../../shared/domain/quality.ts";
import { plural } from "../../lib/format.ts";
import type { BadgeTone } from "../../ui/Badge.svelte";

export const FINDING_WORDS: Readonly<Record<FindingType, { readonly title: string; readonly meaning: string }>> = {
  "exact-duplicate": { title: "Exact duplicates", meaning: "The same instruction more than once weighs more in training than it should." },
  "near-duplicate": { title: "Near-duplicates", meaning: "Instructions whose texts are almost the same." },
  "conflicting-labels": { title: "Conflicting labels", meaning: "The same instruction with different checks: at most one can be right." },
  "split-leakage": { title: "Leakage between splits", meaning: "What is measured on was also trained on, so the figures say too much." },
  "benchmark-leakage": { title: "Leakage of references", meaning: "Instructions of a benchmark or another dataset stand in this one." },
  "impossible-constraints": { title: "Impossible constraints", meaning: "No answer can hold all of the checks." },
  "conflicting-constraints": { title: "Conflicting constraints", meaning: "Rules that exclude each other stand in one instruction." },
  "language-mismatch": { title: "Language", meaning: "The instruction, its checks and its demonstration are not of one language." },
  "overlong-prompt": { title: "Overlong prompts", meaning: "The model's context leaves no room for a response." },
  "failing-demonstration": { title: "Failing demonstrations", meaning: "The demonstration does not pass the instruction's own checks." },
};

export const SEVERITY_TONES: Readonly<Record<FindingSeverity, BadgeTone>> = { error: "fail", warning: "filtered", note: "plain" };

/** What it would do, as a button says it. */
export function fixWords(fix: QualityFix): string {
  const rows = plural(fix.rowKeys.length, "row");
  switch (fix.type) {
    case "remove":
      return `Remove ${rows}`;
    case "move-split":
      return `Move ${rows} to ${fix.split === "" ? "no split" : fix.split}`;
    case "drop-demonstration":
      return fix.rowKeys.length === 1 ? "Drop the demonstration" : `Drop demonstrations of ${rows}`;
  }
}
