// Which rows are decoded together. Decides nothing that a text depends on beyond the rounding of batched matrix products.

import type { GenerationGroup } from "./types.ts";

/** Rows `start` to `end` (exclusive) of one group. */
export interface BatchPart {
  readonly group: number;
  readonly start: number;
  readonly end: number;
}

/** Groups by descending prompt length, so that a batch pads little; groups larger than a batch are split, others stay together. */
export function planBatches(groups: readonly GenerationGroup[], maxRows: number): BatchPart[][] {
  const batches: BatchPart[][] = [];
  let room = 0;
  for (const group of byPromptLength(groups)) {
    const rows = groups[group]?.seeds.length ?? 0;
    for (let start = 0; start < rows; start += maxRows) {
      const part = { group, start, end: Math.min(rows, start + maxRows) };
      if (part.end - part.start > room) {
        batches.push([]);
        room = maxRows;
      }
      batches.at(-1)?.push(part);
      room -= part.end - part.start;
    }
  }
  return batches;
}

/** `count` batches of the same number of rows, give or take one. Groups are split where that needs it: a prompt read twice costs little. */
export function planEvenBatches(groups: readonly GenerationGroup[], count: number): BatchPart[][] {
  const total = groups.reduce((sum, { seeds }) => sum + seeds.length, 0);
  const batches: BatchPart[][] = [];
  let taken = 0;
  for (const group of byPromptLength(groups)) {
    const rows = groups[group]?.seeds.length ?? 0;
    for (let start = 0; start < rows;) {
      const batch = Math.floor((taken * count) / total);
      const last = Math.ceil(((batch + 1) * total) / count);
      const end = Math.min(rows, start + last - taken);
      (batches[batch] ??= []).push({ group, start, end });
      taken += end - start;
      start = end;
    }
  }
  return batches;
}

function byPromptLength(groups: readonly GenerationGroup[]): number[] {
  const promptLength = (group: number): number => groups[group]?.promptIds.length ?? 0;
  return groups.map((_, group) => group).sort((a, b) => promptLength(b) - promptLength(a));
}
