// Text that stands in training rows and in what is measured on: held-out splits of the same dataset, or benchmarks. Owns the
// overlap: the share of the shorter text's word sequences that the other holds too.

import type { QualityFinding, QualityFix } from "../../../shared/domain/quality.ts";
import { findingRow, type QualityRow } from "./quality-row.ts";
import { hashTokens, isMostlyCjk, textTokens, windowHashes } from "./text-tokens.ts";

/** What is measured on: other datasets by name. */
export interface LeakageReference {
  readonly name: string;
  readonly rows: readonly QualityRow[];
}

export interface LeakageOptions {
  /** Overlap from which a row leaks, 0 to 1. */
  readonly threshold: number;
}

export const DEFAULT_LEAKAGE_THRESHOLD = 0.5;
const WINDOW_WORDS = 8;
/** A character of Chinese says less than a word. */
const WINDOW_CJK = 13;
/** A sequence in more reference texts than this is a stock phrase ("answer in at least three sentences") and tells nothing. */
const STOCK_PHRASE = 10;
const LEAST_SHARED = 3;
/** Nearly the whole text, rather than a passage of it. */
const CERTAIN = 0.8;
const HELD_OUT = /^(?:test|valid|validation|val|dev|eval|evaluation|held-?out)/i;

interface Indexed {
  readonly row: QualityRow;
  readonly reference: string | null;
  readonly windows: number;
}

/** Sequences of the texts that must not be seen in training. */
class OverlapIndex {
  private readonly texts: Indexed[] = [];
  private readonly byWindow = new Map<number, number[]>();

  add(row: QualityRow, reference: string | null): void {
    const windows = distinctWindows(row.text);
    const position = this.texts.push({ row, reference, windows: windows.length }) - 1;
    for (const window of windows) {
      const holders = this.byWindow.get(window);
      if (holders === undefined) this.byWindow.set(window, [position]);
      else holders.push(position);
    }
  }

  /** The text with the greatest overlap, if any reaches the threshold. */
  nearest(row: QualityRow, threshold: number): { readonly indexed: Indexed; readonly overlap: number } | undefined {
    const windows = distinctWindows(row.text);
    const shared = new Map<number, number>();
    for (const window of windows) {
      const holders = this.byWindow.get(window);
      if (holders === undefined || (holders.length > STOCK_PHRASE && windows.length > 1)) continue;
      for (const position of holders) shared.set(position, (shared.get(position) ?? 0) + 1);
    }
    let best: { readonly indexed: Indexed; readonly overlap: number } | undefined;
    for (const [position, count] of shared) {
      const indexed = this.texts[position] as Indexed;
      const shorter = Math.min(windows.length, indexed.windows);
      const overlap = count / shorter;
      // One sequence of a short text may be chance; all of them are not.
      if (count >= Math.min(LEAST_SHARED, shorter) && overlap >= threshold && overlap > (best?.overlap ?? 0)) best = { indexed, overlap };
    }
    return best;
  }
}

function distinctWindows(text: string): number[] {
  const tokens = textTokens(text);
  return [...new Set(windowHashes(hashTokens(tokens), isMostlyCjk(tokens) ? WINDOW_CJK : WINDOW_WORDS))];
}

export function isHeldOut(split: string | null): boolean {
  return split !== null && HELD_OUT.test(split);
}

/**
 * "split-leakage": rows to train on that overlap with a held-out row, error where nearly all of the text does. Nothing where there are no
 * held-out splits. Pauses every few hundred rows.
 */
export function* findSplitLeakage(rows: readonly QualityRow[], { threshold }: LeakageOptions): Generator<void, QualityFinding[]> {
  const heldOut = rows.filter(({ split }) => isHeldOut(split));
  if (heldOut.length === 0 || heldOut.length === rows.length) return [];
  const index = new OverlapIndex();
  yield* addAll(index, heldOut, null);
  return yield* ofEach(rows, (row) => {
    const found = isHeldOut(row.split) ? undefined : index.nearest(row, threshold);
    if (found === undefined) return [];
    const twin = found.indexed.row;
    const fixes: QualityFix[] = [{ type: "remove", rowKeys: [row.key] }];
    if (twin.split !== null) fixes.push({ type: "move-split", rowKeys: [row.key], split: twin.split });
    return [
      {
        type: "split-leakage",
        severity: found.overlap >= CERTAIN ? "error" : "warning",
        rows: [findingRow(row), findingRow(twin)],
        explanation: `${percent(found.overlap)} of the text is also in "${twin.record.id}" of the split "${twin.split ?? ""}"`,
        fixes,
      } satisfies QualityFinding,
    ];
  });
}

const PAUSE_EVERY_ROWS = 500;

function* addAll(index: OverlapIndex, rows: readonly QualityRow[], reference: string | null): Generator<void, void> {
  for (const [position, row] of rows.entries()) {
    if (position % PAUSE_EVERY_ROWS === 0) yield;
    index.add(row, reference);
  }
}

function* ofEach(rows: readonly QualityRow[], find: (row: QualityRow) => readonly QualityFinding[]): Generator<void, QualityFinding[]> {
  const findings: QualityFinding[] = [];
  for (const [position, row] of rows.entries()) {
    if (position % PAUSE_EVERY_ROWS === 0) yield;
    findings.push(...find(row));
  }
  return findings;
}

/** "benchmark-leakage": rows to train on that overlap with a reference. Held-out rows are not looked at. Pauses as above. */
export function* findBenchmarkLeakage(
  rows: readonly QualityRow[],
  references: readonly LeakageReference[],
  { threshold }: LeakageOptions,
): Generator<void, QualityFinding[]> {
  const index = new OverlapIndex();
  for (const reference of references) yield* addAll(index, reference.rows, reference.name);
  return yield* ofEach(rows, (row) => {
    const found = isHeldOut(row.split) ? undefined : index.nearest(row, threshold);
    if (found === undefined) return [];
    const { indexed, overlap } = found;
    return [
      {
        type: "benchmark-leakage",
        severity: overlap >= CERTAIN ? "error" : "warning",
        rows: [findingRow(row), findingRow(indexed.row, indexed.reference)],
        explanation: `${percent(overlap)} of the text is also in "${indexed.row.record.id}" of ${indexed.reference ?? ""}`,
        fixes: [{ type: "remove", rowKeys: [row.key] }],
      } satisfies QualityFinding,
    ];
  });
}

function percent(share: number): string {
  return `${Math.floor(100 * share)} %`;
}
