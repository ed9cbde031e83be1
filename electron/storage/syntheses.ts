// Syntheses as stored: what was asked for, every sample that was accepted or rejected, how it ended.

import type { InstructionRecord } from "../../shared/domain/instruction.ts";
import type { RejectedSample, SynthesisOutcome, SynthesisRequest } from "../../shared/domain/synthesis.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import { allRows, getRow, insert, run, transaction, type ReadConnection, type WriteConnection } from "./connection.ts";
import type { SynthesisId } from "./ids.ts";

/** The outcome without the samples, which have rows of their own. */
export type StoredOutcome = Omit<SynthesisOutcome, "records" | "rejected">;

export interface StoredSynthesis {
  readonly id: SynthesisId;
  readonly request: SynthesisRequest;
  readonly outcome: StoredOutcome | null;
  readonly accepted: number;
  readonly rejected: number;
  readonly createdAtMs: number;
}

export type StoredSample =
  | { readonly type: "accepted"; readonly index: number; readonly record: InstructionRecord }
  | ({ readonly type: "rejected" } & RejectedSample);

const SYNTHESIS = `SELECT id, request_json AS requestJson, outcome_json AS outcomeJson, created_at_ms AS createdAtMs,
  (SELECT count(*) FROM synthesis_samples WHERE synthesis_id = id AND record_json IS NOT NULL) AS accepted,
  (SELECT count(*) FROM synthesis_samples WHERE synthesis_id = id AND record_json IS NULL) AS rejected
FROM syntheses`;

export function createSynthesis(db: WriteConnection, request: SynthesisRequest): SynthesisId {
  const sql = "INSERT INTO syntheses (request_json, created_at_ms) VALUES (?, ?)";
  return insert(db, sql, JSON.stringify(request), Date.now()) as SynthesisId;
}

/** Throws "not-found". */
export function getSynthesis(db: ReadConnection, id: SynthesisId): StoredSynthesis {
  const row = getRow<SynthesisRow>(db, `${SYNTHESIS} WHERE id = ?`, id);
  if (row === undefined) throw new WorkbenchError("not-found", `there is no synthesis ${id}`, { where: db.name });
  return synthesisOf(row);
}

/** Newest first. */
export function listSyntheses(db: ReadConnection, limit: number): StoredSynthesis[] {
  return allRows<SynthesisRow>(db, `${SYNTHESIS} ORDER BY id DESC LIMIT ?`, limit).map(synthesisOf);
}

/** A sample as it stands when it is done; the same index again, after a restart, takes its place. */
export function storeSample(
  db: WriteConnection,
  id: SynthesisId,
  sample: { readonly index: number; readonly record: InstructionRecord } | RejectedSample,
): void {
  const sql = "INSERT OR REPLACE INTO synthesis_samples VALUES (?, ?, ?, ?, ?, ?)";
  if ("record" in sample) run(db, sql, id, sample.index, JSON.stringify(sample.record), null, null, null);
  else run(db, sql, id, sample.index, null, sample.stage, sample.reason, JSON.stringify(sample.sample));
}

/** The samples are then exactly those of the outcome. */
export function finishSynthesis(db: WriteConnection, id: SynthesisId, outcome: SynthesisOutcome): void {
  const { records: _, rejected, ...kept } = outcome;
  transaction(db, () => {
    for (const sample of rejected) storeSample(db, id, sample);
    run(db, "UPDATE syntheses SET outcome_json = ? WHERE id = ?", JSON.stringify(kept satisfies StoredOutcome), id);
  });
}

export interface SampleFilter {
  readonly type: "accepted" | "rejected";
  readonly stage?: string | undefined;
}

const WHERE_SAMPLE = "synthesis_id = ? AND (record_json IS NOT NULL) = ? AND (? IS NULL OR stage = ?)";

export function countSamples(db: ReadConnection, id: SynthesisId, filter: SampleFilter): number {
  return (
    getRow<{ count: number }>(db, `SELECT count(*) AS count FROM synthesis_samples WHERE ${WHERE_SAMPLE}`, id, ...values(filter))?.count ??
    0
  );
}

/** In their order; -1 for all. */
export function listSamples(db: ReadConnection, id: SynthesisId, filter: SampleFilter, limit = -1, offset = 0): StoredSample[] {
  const sql = `SELECT sample_index AS "index", record_json AS recordJson, stage, reason, sample_json AS sampleJson
    FROM synthesis_samples WHERE ${WHERE_SAMPLE} ORDER BY sample_index LIMIT ? OFFSET ?`;
  return allRows<SampleRow>(db, sql, id, ...values(filter), limit, offset).map(({ index, recordJson, stage, reason, sampleJson }) =>
    recordJson === null
      ? {
          type: "rejected",
          index,
          stage: stage ?? "",
          reason: reason ?? "",
          sample: JSON.parse(sampleJson ?? "{}") as RejectedSample["sample"],
        }
      : { type: "accepted", index, record: JSON.parse(recordJson) as InstructionRecord },
  );
}

/** Most first. */
export function rejectingStages(db: ReadConnection, id: SynthesisId): { readonly stage: string; readonly rejected: number }[] {
  const sql = `SELECT stage, count(*) AS rejected FROM synthesis_samples WHERE synthesis_id = ? AND record_json IS NULL
    GROUP BY stage ORDER BY rejected DESC, stage`;
  return allRows(db, sql, id);
}

function values({ type, stage }: SampleFilter): (string | number | null)[] {
  return [type === "accepted" ? 1 : 0, stage ?? null, stage ?? null];
}

interface SampleRow {
  readonly index: number;
  readonly recordJson: string | null;
  readonly stage: string | null;
  readonly reason: string | null;
  readonly sampleJson: string | null;
}

interface SynthesisRow extends Omit<StoredSynthesis, "request" | "outcome"> {
  readonly requestJson: string;
  readonly outcomeJson: string | null;
}

function synthesisOf({ requestJson, outcomeJson, ...row }: SynthesisRow): StoredSynthesis {
  return {
    ...row,
    request: JSON.parse(requestJson) as SynthesisRequest,
    outcome: outcomeJson === null ? null : (JSON.parse(outcomeJson) as StoredOutcome),
  };
}
