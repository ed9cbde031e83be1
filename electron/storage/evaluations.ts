// Evaluations of a base model or of a run's checkpoint on a dataset with one method, item by item, verdicts included.

import { WorkbenchError } from "../../shared/errors.ts";
import type { Verdict } from "../../shared/domain/verdict.ts";
import { float32FromBlob, toBlob, tokenIdsFromBlob, tokenIdsToBlob } from "./blobs.ts";
import { allRows, getRow, insert, run, transaction } from "./connection.ts";
import type { ReadConnection, WriteConnection } from "./connection.ts";
import { canonicalJson } from "./hashing.ts";
import type { DatasetId, EvaluationId, RunId } from "./ids.ts";
import { insertVerdicts, listVerdicts } from "./verdicts.ts";

export type EvaluationStatus = "running" | "interrupted" | "finished" | "failed" | "cancelled";

export interface NewEvaluation {
  /** Absent for a base model. */
  readonly runId?: RunId | undefined;
  /** Checkpoint's step; with `runId` only. */
  readonly step?: number | undefined;
  /** Folder or "nano". */
  readonly model: string;
  readonly modelHash: string;
  readonly adapterHash?: string | undefined;
  readonly chatTemplateHash: string;
  readonly samplerHash: string;
  readonly datasetId?: DatasetId | undefined;
  readonly datasetName: string;
  readonly dataHash: string;
  /** io | cot | no-think | ... */
  readonly method: string;
  readonly config: unknown;
}

export interface Evaluation extends NewEvaluation {
  readonly id: EvaluationId;
  readonly status: EvaluationStatus;
  /** Accuracies and intervals; undefined until finished. */
  readonly summary: unknown;
  readonly createdAtMs: number;
  readonly endedAtMs: number | undefined;
}

export interface EvaluationItem {
  /** Index of the record in the evaluated data. */
  readonly position: number;
  readonly recordId: string;
  readonly text: string;
  readonly think?: string | undefined;
  readonly answer?: string | undefined;
  readonly finish: string;
  readonly seed: number;
  readonly promptIds: Uint32Array | readonly number[];
  /** [T] sampled tokens. */
  readonly tokenIds: Uint32Array | readonly number[];
  /** [T] */
  readonly logProbs: Float32Array;
  /** Whether the whole instruction counts as followed. */
  readonly correct: boolean;
  readonly checksPassed: number;
  readonly checksActive: number;
  readonly gate: string;
  readonly verdicts: readonly Verdict[];
}

/** Starts an evaluation, with status "running". */
export function createEvaluation(db: WriteConnection, evaluation: NewEvaluation): EvaluationId {
  return insert(
    db,
    `INSERT INTO evaluations (run_id, step, model, model_hash, adapter_hash, chat_template_hash, sampler_hash, dataset_id,
       dataset_name, data_hash, method, config_json, status, created_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', ?)`,
    evaluation.runId ?? null,
    evaluation.step ?? null,
    evaluation.model,
    evaluation.modelHash,
    evaluation.adapterHash ?? null,
    evaluation.chatTemplateHash,
    evaluation.samplerHash,
    evaluation.datasetId ?? null,
    evaluation.datasetName,
    evaluation.dataHash,
    evaluation.method,
    canonicalJson(evaluation.config),
    Date.now(),
  ) as EvaluationId;
}

/** Adds items and their verdicts, all or none; may be called once a batch. */
export function addEvaluationItems(db: WriteConnection, id: EvaluationId, items: readonly EvaluationItem[]): void {
  transaction(db, () => {
    for (const item of items) {
      const itemId = insert(
        db,
        `INSERT INTO evaluation_items (evaluation_id, position, record_id, text, think, answer, finish, seed, prompt_ids, token_ids,
           log_probs, correct, checks_passed, checks_active, gate)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        id,
        item.position,
        item.recordId,
        item.text,
        item.think ?? null,
        item.answer ?? null,
        item.finish,
        item.seed,
        tokenIdsToBlob(item.promptIds),
        tokenIdsToBlob(item.tokenIds),
        toBlob(item.logProbs),
        item.correct ? 1 : 0,
        item.checksPassed,
        item.checksActive,
        item.gate,
      );
      insertVerdicts(db, "evaluation-item", itemId, item.verdicts);
    }
  });
}

/** Ends an evaluation; `summary` is kept as JSON. */
export function endEvaluation(
  db: WriteConnection,
  id: EvaluationId,
  status: Exclude<EvaluationStatus, "running">,
  summary?: unknown,
): void {
  const summaryJson = summary === undefined ? null : JSON.stringify(summary);
  const { changes } = run(
    db,
    "UPDATE evaluations SET status = ?, summary_json = ?, ended_at_ms = ? WHERE id = ?",
    status,
    summaryJson,
    Date.now(),
    id,
  );
  if (changes === 0) getEvaluation(db, id);
}

/** For an engine that has just taken the lock: evaluations still "running" were cut off. Returns how many. */
export function interruptRunningEvaluations(db: WriteConnection): number {
  return run(db, "UPDATE evaluations SET status = 'interrupted', ended_at_ms = ? WHERE status = 'running'", Date.now()).changes;
}

interface EvaluationRow {
  readonly id: EvaluationId;
  readonly runId: RunId | null;
  readonly step: number | null;
  readonly model: string;
  readonly modelHash: string;
  readonly adapterHash: string | null;
  readonly chatTemplateHash: string;
  readonly samplerHash: string;
  readonly datasetId: DatasetId | null;
  readonly datasetName: string;
  readonly dataHash: string;
  readonly method: string;
  readonly configJson: string;
  readonly status: EvaluationStatus;
  readonly summaryJson: string | null;
  readonly createdAtMs: number;
  readonly endedAtMs: number | null;
}

const SELECT = `
SELECT id, run_id AS runId, step, model, model_hash AS modelHash, adapter_hash AS adapterHash, chat_template_hash AS chatTemplateHash,
  sampler_hash AS samplerHash, dataset_id AS datasetId, dataset_name AS datasetName, data_hash AS dataHash, method,
  config_json AS configJson, status, summary_json AS summaryJson, created_at_ms AS createdAtMs, ended_at_ms AS endedAtMs
FROM evaluations`;

/** Throws "not-found". */
export function getEvaluation(db: ReadConnection, id: EvaluationId): Evaluation {
  const row = getRow<EvaluationRow>(db, `${SELECT} WHERE id = ?`, id);
  if (row === undefined) throw new WorkbenchError("not-found", `there is no evaluation ${id}`, { where: db.name });
  return evaluationFromRow(row);
}

/** Newest first; of one run, or all. */
export function listEvaluations(db: ReadConnection, runId?: RunId): Evaluation[] {
  const rows =
    runId === undefined
      ? allRows<EvaluationRow>(db, `${SELECT} ORDER BY id DESC`)
      : allRows<EvaluationRow>(db, `${SELECT} WHERE run_id = ? ORDER BY id DESC`, runId);
  return rows.map(evaluationFromRow);
}

function evaluationFromRow({ configJson, summaryJson, ...row }: EvaluationRow): Evaluation {
  return {
    ...row,
    runId: row.runId ?? undefined,
    step: row.step ?? undefined,
    adapterHash: row.adapterHash ?? undefined,
    datasetId: row.datasetId ?? undefined,
    config: JSON.parse(configJson) as unknown,
    summary: summaryJson === null ? undefined : (JSON.parse(summaryJson) as unknown),
    endedAtMs: row.endedAtMs ?? undefined,
  };
}

interface ItemRow extends Omit<EvaluationItem, "think" | "answer" | "correct" | "promptIds" | "tokenIds" | "logProbs" | "verdicts"> {
  readonly id: number;
  readonly think: string | null;
  readonly answer: string | null;
  readonly correct: number;
  readonly promptIds: Buffer;
  readonly tokenIds: Buffer;
  readonly logProbs: Buffer;
}

/** Items by position, with their verdicts. */
export function listEvaluationItems(db: ReadConnection, id: EvaluationId, limit = -1, offset = 0): EvaluationItem[] {
  return allRows<ItemRow>(
    db,
    `SELECT id, position, record_id AS recordId, text, think, answer, finish, seed, prompt_ids AS promptIds, token_ids AS tokenIds,
       log_probs AS logProbs, correct, checks_passed AS checksPassed, checks_active AS checksActive, gate
     FROM evaluation_items WHERE evaluation_id = ? ORDER BY position LIMIT ? OFFSET ?`,
    id,
    limit,
    offset,
  ).map(({ id: itemId, ...row }) => ({
    ...row,
    think: row.think ?? undefined,
    answer: row.answer ?? undefined,
    correct: row.correct === 1,
    promptIds: tokenIdsFromBlob(row.promptIds),
    tokenIds: tokenIdsFromBlob(row.tokenIds),
    logProbs: float32FromBlob(row.logProbs),
    verdicts: listVerdicts(db, "evaluation-item", itemId),
  }));
}
