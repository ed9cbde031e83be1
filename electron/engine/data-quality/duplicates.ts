// Rows that say the same: word for word, or nearly. Owns which row stays; finding similar pairs is near-pairs.ts.

import type { QualityFinding } from "../../../shared/domain/quality.ts";
import { isHeldOut } from "./leakage.ts";
import { findFailingDemonstration } from "./demonstrations.ts";
import { findNearPairs } from "./near-pairs.ts";
import { findingRow, isUnlabelled, type QualityRow } from "./quality-row.ts";
import { comparableText, hashTokens, shingleSet, textTokens } from "./text-tokens.ts";

/** Sequences of so many words are compared. */
const SHINGLE_WORDS = 3;

export interface DuplicateOptions {
  /** Jaccard similarity of the word sequences from which two rows are near-duplicates, 0 to 1. */
  readonly threshold: number;
}

export const DEFAULT_DUPLICATE_THRESHOLD = 0.8;

/**
 * "exact-duplicate", "near-duplicate", and "conflicting-labels" for the same words with different labels. A near-duplicate with
 * another label is a note without a fix: instructions that differ in one number alone are often wanted. Pauses every few hundred rows.
 */
export function* findDuplicates(rows: readonly QualityRow[], options: DuplicateOptions): Generator<void, QualityFinding[]> {
  // What is to be trained on and what is measured on are looked at apart: between them it is leakage, and another row has to go.
  const apart = Map.groupBy(rows, ({ split }) => (isHeldOut(split) ? split : null));
  const findings: QualityFinding[] = [];
  for (const part of apart.values()) findings.push(...(yield* duplicatesAmong(part, options)));
  return findings;
}

const PAUSE_EVERY_ROWS = 500;

function* duplicatesAmong(rows: readonly QualityRow[], { threshold }: DuplicateOptions): Generator<void, QualityFinding[]> {
  const groups = new Map<string, QualityRow[]>();
  for (const [position, row] of rows.entries()) {
    if (position % PAUSE_EVERY_ROWS === 0) yield;
    const text = comparableText(row.text);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, [row]);
    else group.push(row);
  }
  const exact = [...groups].flatMap(([text, group]) => (text === "" || group.length === 1 ? [] : exactFindings(group)));
  const different = [...groups].filter(([text]) => text !== "").map(([, group]) => keeper(group));
  return [...exact, ...(yield* nearFindings(different, threshold))];
}

/** The row with a demonstration, rather one that passes; else the first with a label, else the first. */
function keeper(group: readonly QualityRow[]): QualityRow {
  const demonstrated = group.filter(({ record }) => record.expert !== undefined);
  const passing = demonstrated.length < 2 ? undefined : demonstrated.find((row) => findFailingDemonstration(row) === undefined);
  return passing ?? demonstrated[0] ?? group.find((row) => !isUnlabelled(row)) ?? (group[0] as QualityRow);
}

function exactFindings(group: readonly QualityRow[]): QualityFinding[] {
  // A row without a label says nothing that another one's label could contradict.
  const labelled = group.find((row) => !isUnlabelled(row));
  const byLabel = Map.groupBy(group, (row) => labelKey(labelled !== undefined && isUnlabelled(row) ? labelled : row));
  const findings: QualityFinding[] = [];
  for (const same of byLabel.values()) {
    if (same.length === 1) continue;
    const kept = keeper(same);
    const others = same.filter((row) => row !== kept);
    findings.push({
      type: "exact-duplicate",
      severity: "warning",
      rows: [kept, ...others].map((row) => findingRow(row)),
      explanation: `${same.length} rows have the same words and no other label; "${kept.record.id}" stays`,
      fixes: [{ type: "remove", rowKeys: others.map(({ key }) => key) }],
    });
  }
  if (byLabel.size > 1) {
    const rows = [...byLabel.values()].map(keeper);
    findings.push({
      type: "conflicting-labels",
      severity: "error",
      rows: rows.map((row) => findingRow(row)),
      explanation: `the same words are labelled in ${byLabel.size} different ways`,
      fixes: [],
    });
  }
  return findings;
}

function labelKey({ record }: QualityRow): string {
  return JSON.stringify([record.label, record.input ?? null]);
}

/** Stars, not chains: every reported row is itself near the row that stays. */
function* nearFindings(rows: readonly QualityRow[], threshold: number): Generator<void, QualityFinding[]> {
  const sets: Uint32Array[] = [];
  for (const [position, { text }] of rows.entries()) {
    if (position % PAUSE_EVERY_ROWS === 0) yield;
    sets.push(shingleSet(hashTokens(textTokens(text)), SHINGLE_WORDS));
  }
  const taken = new Set<number>();
  const stars = new Map<number, { readonly row: QualityRow; readonly similarity: number }[]>();
  for (const { first, second, similarity } of yield* findNearPairs(sets, threshold)) {
    if (taken.has(first) || taken.has(second)) continue;
    taken.add(second);
    const near = { row: rows[second] as QualityRow, similarity };
    const star = stars.get(first);
    if (star === undefined) stars.set(first, [near]);
    else star.push(near);
  }
  return [...stars].flatMap(([center, star]) => starFindings(rows[center] as QualityRow, star));
}

function starFindings(center: QualityRow, star: readonly { readonly row: QualityRow; readonly similarity: number }[]): QualityFinding[] {
  return (["same", "other"] as const).flatMap((label): QualityFinding[] => {
    const near = star.filter(({ row }) => (labelKey(row) === labelKey(center)) === (label === "same"));
    if (near.length === 0) return [];
    const least = Math.min(...near.map(({ similarity }) => similarity));
    return [
      {
        type: "near-duplicate",
        severity: label === "same" ? "warning" : "note",
        rows: [center, ...near.map(({ row }) => row)].map((row) => findingRow(row)),
        explanation: `${near.length === 1 ? "a row shares" : `${near.length} rows share`} at least ${Math.floor(100 * least)} % of the word sequences with "${center.record.id}", with ${label === "same" ? "the same label" : "another label"}`,
        fixes: label === "same" ? [{ type: "remove", rowKeys: near.map(({ row }) => row.key) }] : [],
      },
    ];
  });
}
