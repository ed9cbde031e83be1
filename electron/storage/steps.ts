// Steps of a run: written whole in one transaction, read back as metrics, taken back on resume.

import { allRows, getRow, insert, run, transaction } from "./connection.ts";
import type { ReadConnection, SqlValue, WriteConnection } from "./connection.ts";
import { toBlob, tokenIdsToBlob } from "./blobs.ts";
import { saveCheckpoint } from "./checkpoints.ts";
import type { RunId } from "./ids.ts";
import type { GroupRecord, RolloutRecord, StepRecord } from "./step-record.ts";
import { insertVerdicts } from "./verdicts.ts";

/**
 * Stores everything of one step, checkpoint included, or nothing. Throws "storage-full" and the other storage errors; a
 * step stored twice or out of order is a bug and throws an ordinary error.
 */
export function recordStep(db: WriteConnection, record: StepRecord): void {
  transaction(db, () => {
    const last = lastStep(db, record.runId);
    if (record.step <= last) throw new Error(`step ${record.step} of run ${record.runId} comes after step ${last}`);
    insertStep(db, record);
    for (const group of record.groups) insertGroup(db, record, group);
    for (const sample of record.expertSamples ?? []) {
      run(
        db,
        "INSERT INTO expert_samples VALUES (?, ?, ?, ?, ?, ?)",
        record.runId,
        record.step,
        sample.sampleIndex,
        sample.recordId,
        sample.tokenCount,
        sample.loss ?? null,
      );
    }
    if (record.checkpoint !== undefined) saveCheckpoint(db, record.runId, record.step, record.checkpoint);
  });
}

function insertStep(db: WriteConnection, { runId, step, hashes, random, cursor, metrics, timingsMs }: StepRecord): void {
  const nowMs = Date.now();
  run(
    db,
    `INSERT INTO steps (run_id, step, model_hash, adapter_hash, chat_template_hash, sampler_hash, random_json, cursor_json, created_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    runId,
    step,
    hashes.model,
    hashes.adapter ?? null,
    hashes.chatTemplate,
    hashes.sampler ?? null,
    json(random),
    json(cursor),
    nowMs,
  );
  run(db, "UPDATE runs SET updated_at_ms = ? WHERE id = ?", nowMs, runId);
  for (const [name, value] of Object.entries(metrics)) {
    run(db, "INSERT INTO metrics (run_id, name, step, value) VALUES (?, ?, ?, ?)", runId, name, step, Number.isNaN(value) ? null : value);
  }
  for (const [name, valueMs] of Object.entries(timingsMs ?? {})) {
    run(db, "INSERT INTO timings (run_id, name, step, value_ms) VALUES (?, ?, ?, ?)", runId, name, step, valueMs);
  }
}

function insertGroup(db: WriteConnection, record: StepRecord, group: GroupRecord): void {
  const groupId = insert(
    db,
    "INSERT INTO groups (run_id, step, group_index, record_id, kept, drop_reason, details_json) VALUES (?, ?, ?, ?, ?, ?, ?)",
    record.runId,
    record.step,
    group.groupIndex,
    group.recordId,
    group.kept ? 1 : 0,
    group.dropReason ?? null,
    group.details === undefined ? null : json(group.details),
  );
  for (const mode of ["think", "empty"] as const) {
    const prompt = group.prompts[mode];
    if (prompt === undefined) continue;
    const sql = "INSERT INTO group_prompts (group_id, mode, prompt, token_ids) VALUES (?, ?, ?, ?)";
    run(db, sql, groupId, mode, prompt.text, tokenIdsToBlob(prompt.tokenIds));
  }
  for (const rollout of group.rollouts) insertRollout(db, groupId, rollout);
}

function insertRollout(db: WriteConnection, groupId: number, rollout: RolloutRecord): void {
  const { reward } = rollout;
  const rolloutId = insert(
    db,
    `INSERT INTO rollouts (group_id, sample_index, mode, text, think, answer, finish, seed, token_ids, log_probs, old_log_probs,
       ref_log_probs, entropies, reward, format_reward, accuracy_reward, checks_passed, checks_active, gate, advantage, trained)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    groupId,
    rollout.sampleIndex,
    rollout.mode,
    rollout.text,
    rollout.think ?? null,
    rollout.answer ?? null,
    rollout.finish,
    rollout.seed,
    tokenIdsToBlob(rollout.tokenIds),
    perToken(rollout, "logProbs"),
    perToken(rollout, "oldLogProbs"),
    perToken(rollout, "refLogProbs"),
    perToken(rollout, "entropies"),
    reward.total,
    reward.format,
    reward.accuracy,
    reward.passed,
    reward.checks,
    reward.gate,
    rollout.advantage ?? null,
    rollout.trained ? 1 : 0,
  );
  insertVerdicts(db, "rollout", rolloutId, reward.verdicts);
}

function perToken(rollout: RolloutRecord, field: "logProbs" | "oldLogProbs" | "refLogProbs" | "entropies"): SqlValue {
  const values = rollout[field];
  if (values === undefined) return null;
  if (values.length !== rollout.tokenIds.length) {
    throw new RangeError(`${field} has ${values.length} values for ${rollout.tokenIds.length} tokens`);
  }
  return toBlob(values);
}

function json(value: unknown): string {
  return JSON.stringify(value ?? null);
}

/** 0 when there is none. */
export function lastStep(db: ReadConnection, runId: RunId): number {
  return getRow<{ step: number | null }>(db, "SELECT max(step) AS step FROM steps WHERE run_id = ?", runId)?.step ?? 0;
}

export interface StepRow {
  readonly step: number;
  readonly modelHash: string;
  readonly adapterHash: string | null;
  readonly chatTemplateHash: string;
  readonly samplerHash: string | null;
  readonly random: unknown;
  readonly cursor: unknown;
  readonly createdAtMs: number;
}

/** Steps with their hashes, random state and data cursor, ascending. */
export function listSteps(db: ReadConnection, runId: RunId, fromStep = 0): StepRow[] {
  return allRows<Omit<StepRow, "random" | "cursor"> & { randomJson: string; cursorJson: string }>(
    db,
    `SELECT step, model_hash AS modelHash, adapter_hash AS adapterHash, chat_template_hash AS chatTemplateHash,
       sampler_hash AS samplerHash, random_json AS randomJson, cursor_json AS cursorJson, created_at_ms AS createdAtMs
     FROM steps WHERE run_id = ? AND step >= ? ORDER BY step`,
    runId,
    fromStep,
  ).map(({ randomJson, cursorJson, ...rest }) => ({
    ...rest,
    random: JSON.parse(randomJson) as unknown,
    cursor: JSON.parse(cursorJson) as unknown,
  }));
}

export interface MetricPoint {
  readonly step: number;
  readonly name: string;
  /** NaN where the step had no value. */
  readonly value: number;
}

/** Metrics ordered by name, then step; one name or all. */
export function listMetrics(
  db: ReadConnection,
  runId: RunId,
  query: { readonly name?: string; readonly fromStep?: number } = {},
): MetricPoint[] {
  const where = query.name === undefined ? "" : "AND name = ?";
  const values: SqlValue[] = query.name === undefined ? [runId, query.fromStep ?? 0] : [runId, query.fromStep ?? 0, query.name];
  return allRows<{ step: number; name: string; value: number | null }>(
    db,
    `SELECT step, name, value FROM metrics WHERE run_id = ? AND step >= ? ${where} ORDER BY name, step`,
    ...values,
  ).map((row) => ({ ...row, value: row.value ?? NaN }));
}

/** Wall-clock durations in milliseconds, ordered by name, then step. */
export function listTimings(
  db: ReadConnection,
  runId: RunId,
): { readonly step: number; readonly name: string; readonly valueMs: number }[] {
  return allRows(db, "SELECT step, name, value_ms AS valueMs FROM timings WHERE run_id = ? ORDER BY name, step", runId);
}

/** Deletes every step after `step` with all that hangs on it, checkpoints included. Returns how many steps went. */
export function rewindToStep(db: WriteConnection, runId: RunId, step: number): number {
  return transaction(db, () => {
    run(db, "DELETE FROM checkpoints WHERE run_id = ? AND step > ?", runId, step);
    run(db, "DELETE FROM evaluations WHERE run_id = ? AND step > ?", runId, step);
    return run(db, "DELETE FROM steps WHERE run_id = ? AND step > ?", runId, step).changes;
  });
}
