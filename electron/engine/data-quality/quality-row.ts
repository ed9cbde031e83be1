// One row as the checks see it: its texts, taken once from the record.

import type { InstructionRecord } from "../../../shared/domain/instruction.ts";
import type { FindingRow } from "../../../shared/domain/quality.ts";

export interface QualityRow {
  readonly index: number;
  /** Names the row in fixes. */
  readonly key: string;
  readonly record: InstructionRecord;
  /** What the model is asked: every turn, and the input where it is no part of them. */
  readonly text: string;
  /** Null where the dataset has no splits. */
  readonly split: string | null;
}

/** What a row without a usable label is given, so that its words are looked at all the same. */
export const NO_LABEL = { type: "math", answer: "?" } as const;

export function isUnlabelled({ record: { label } }: QualityRow): boolean {
  return label.type === NO_LABEL.type && label.answer === NO_LABEL.answer;
}

/** The split is the record's tag "split" unless it is known otherwise. */
export function qualityRow(record: InstructionRecord, index: number, split?: string | null, key = record.id): QualityRow {
  const turns = record.messages.map(({ content }) => content).join("\n");
  const text = record.input === undefined || turns.includes(record.input) ? turns : `${turns}\n${record.input}`;
  const tag = record.tags["split"];
  return { index, key, record, text, split: split ?? (typeof tag === "string" && tag !== "" ? tag : null) };
}

export function findingRow(row: QualityRow, reference: string | null = null): FindingRow {
  return { reference, key: row.key, recordId: row.record.id, index: row.index };
}
