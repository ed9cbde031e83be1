// Reading rollouts back: groups of a step, rollouts as rows for lists, one rollout in full with its tokens and verdicts.

import { WorkbenchError } from "../../shared/errors.ts";
import type { Verdict } from "../../shared/domain/verdict.ts";
import { float32FromBlob, tokenIdsFromBlob } from "./blobs.ts";
import { allRows, getRow } from "./connection.ts";
import type { ReadConnection, SqlValue } from "./connection.ts";
import type { GroupId, RolloutId, RunId } from "./ids.ts";
import type { RolloutMode } from "./step-record.ts";
import { listVerdicts } from "./verdicts.ts";

export interface StoredGroup {
  readonly id: GroupId;
  readonly step: number;
  readonly groupIndex: number;
  readonly recordId: string;
  readonly kept: boolean;
  readonly dropReason: string | null;
  readonly details: unknown;
}

/** Groups of one step in order. */
export function listGroups(db: ReadConnection, runId: RunId, step: number): StoredGroup[] {
  return allRows<Omit<StoredGroup, "kept" | "details"> & { kept: number; detailsJson: string | null }>(
    db,
    `SELECT id, step, group_index AS groupIndex, record_id AS recordId, kept, drop_reason AS dropReason, details_json AS detailsJson
     FROM groups WHERE run_id = ? AND step = ? ORDER BY group_index`,
    runId,
    step,
  ).map(({ kept, detailsJson, ...rest }) => ({
    ...rest,
    kept: kept === 1,
    details: detailsJson === null ? undefined : (JSON.parse(detailsJson) as unknown),
  }));
}

/** A rollout without its arrays and verdicts. */
export interface RolloutSummary {
  readonly id: RolloutId;
  readonly groupId: GroupId;
  readonly step: number;
  readonly groupIndex: number;
  readonly sampleIndex: number;
  readonly recordId: string;
  readonly mode: RolloutMode;
  readonly text: string;
  readonly think: string | null;
  readonly answer: string | null;
  readonly finish: string;
  readonly seed: number;
  readonly reward: number;
  readonly formatReward: number;
  readonly accuracyReward: number;
  readonly checksPassed: number;
  readonly checksActive: number;
  readonly gate: string;
  readonly advantage: number | null;
  readonly trained: boolean;
}

const SUMMARY = `r.id, r.group_id AS groupId, g.step, g.group_index AS groupIndex, r.sample_index AS sampleIndex, g.record_id AS recordId,
  r.mode, r.text, r.think, r.answer, r.finish, r.seed, r.reward, r.format_reward AS formatReward, r.accuracy_reward AS accuracyReward,
  r.checks_passed AS checksPassed, r.checks_active AS checksActive, r.gate, r.advantage, r.trained`;

type SummaryRow = Omit<RolloutSummary, "trained"> & { readonly trained: number };

export interface RolloutQuery {
  readonly step?: number;
  readonly recordId?: string;
  readonly mode?: RolloutMode;
  /** All by default. */
  readonly limit?: number;
  readonly offset?: number;
}

/** Ordered by step, group, sample. */
export function listRollouts(db: ReadConnection, runId: RunId, query: RolloutQuery = {}): RolloutSummary[] {
  const conditions = ["g.run_id = ?"];
  const values: SqlValue[] = [runId];
  for (const [column, value] of [
    ["g.step", query.step],
    ["g.record_id", query.recordId],
    ["r.mode", query.mode],
  ] as const) {
    if (value === undefined) continue;
    conditions.push(`${column} = ?`);
    values.push(value);
  }
  return allRows<SummaryRow>(
    db,
    `SELECT ${SUMMARY} FROM rollouts r JOIN groups g ON g.id = r.group_id WHERE ${conditions.join(" AND ")}
     ORDER BY g.step, g.group_index, r.sample_index LIMIT ? OFFSET ?`,
    ...values,
    query.limit ?? -1,
    query.offset ?? 0,
  ).map(summaryFromRow);
}

/** One rollout with everything. Arrays are [T], T sampled tokens. */
export interface StoredRollout extends RolloutSummary {
  readonly runId: RunId;
  readonly prompt: string;
  readonly promptIds: Uint32Array;
  readonly tokenIds: Uint32Array;
  readonly logProbs: Float32Array;
  readonly oldLogProbs: Float32Array | undefined;
  readonly refLogProbs: Float32Array | undefined;
  readonly entropies: Float32Array | undefined;
  readonly verdicts: readonly Verdict[];
}

interface RolloutRow extends SummaryRow {
  readonly runId: RunId;
  readonly prompt: string | null;
  readonly promptIds: Buffer | null;
  readonly tokenIds: Buffer;
  readonly logProbs: Buffer;
  readonly oldLogProbs: Buffer | null;
  readonly refLogProbs: Buffer | null;
  readonly entropies: Buffer | null;
}

/** Throws "not-found". The prompt is empty when none was stored for the rollout's mode. */
export function getRollout(db: ReadConnection, id: RolloutId): StoredRollout {
  const row = getRow<RolloutRow>(
    db,
    `SELECT ${SUMMARY}, g.run_id AS runId, p.prompt, p.token_ids AS promptIds, r.token_ids AS tokenIds, r.log_probs AS logProbs,
       r.old_log_probs AS oldLogProbs, r.ref_log_probs AS refLogProbs, r.entropies
     FROM rollouts r JOIN groups g ON g.id = r.group_id LEFT JOIN group_prompts p ON p.group_id = g.id AND p.mode = r.mode
     WHERE r.id = ?`,
    id,
  );
  if (row === undefined) throw new WorkbenchError("not-found", `there is no rollout ${id}`, { where: db.name });
  return {
    ...row,
    trained: row.trained === 1,
    prompt: row.prompt ?? "",
    promptIds: tokenIdsFromBlob(row.promptIds ?? Buffer.alloc(0)),
    tokenIds: tokenIdsFromBlob(row.tokenIds),
    logProbs: float32FromBlob(row.logProbs),
    oldLogProbs: optionalFloat32(row.oldLogProbs),
    refLogProbs: optionalFloat32(row.refLogProbs),
    entropies: optionalFloat32(row.entropies),
    verdicts: listVerdicts(db, "rollout", id),
  };
}

/** Where a rollout stands in its run; outlives its id. Throws "not-found". */
export function rolloutPlace(
  db: ReadConnection,
  id: RolloutId,
): { readonly runId: RunId; readonly step: number; readonly groupIndex: number; readonly sampleIndex: number } {
  const place = getRow<ReturnType<typeof rolloutPlace>>(
    db,
    `SELECT g.run_id AS runId, g.step, g.group_index AS groupIndex, r.sample_index AS sampleIndex
     FROM rollouts r JOIN groups g ON g.id = r.group_id WHERE r.id = ?`,
    id,
  );
  if (place === undefined) throw new WorkbenchError("not-found", `there is no rollout ${id}`, { where: db.name });
  return place;
}

function optionalFloat32(blob: Buffer | null): Float32Array | undefined {
  return blob === null ? undefined : float32FromBlob(blob);
}

export interface RolloutMatch extends RolloutSummary {
  /** The best matching passage of prompt, reasoning or answer, hits between U+0001 and U+0002. */
  readonly passage: string;
}

/**
 * Full-text search over prompts, reasoning and answers of a run, best match first. Every word of `text` has to occur, in
 * any order, in the same prompt or in the same response; a word matches whole, case and diacritics aside.
 */
export function searchRollouts(db: ReadConnection, runId: RunId, text: string, limit = 50): RolloutMatch[] {
  const match = matchExpression(text);
  if (match === "") return [];
  return allRows<SummaryRow & { passage: string }>(
    db,
    `WITH hits (rollout_id, score, passage) AS (
       SELECT rowid, rank, snippet(rollouts_fts, -1, char(1), char(2), '…', 24) FROM rollouts_fts WHERE rollouts_fts MATCH ?
       UNION ALL
       SELECT r.id, f.score, f.passage
       FROM (SELECT rowid AS prompt_id, rank AS score, snippet(prompts_fts, -1, char(1), char(2), '…', 24) AS passage
             FROM prompts_fts WHERE prompts_fts MATCH ?) f
       JOIN group_prompts p ON p.id = f.prompt_id JOIN rollouts r ON r.group_id = p.group_id AND r.mode = p.mode
     )
     SELECT ${SUMMARY}, h.passage, min(h.score) AS score FROM hits h JOIN rollouts r ON r.id = h.rollout_id JOIN groups g ON g.id = r.group_id
     WHERE g.run_id = ? GROUP BY r.id ORDER BY score, r.id LIMIT ?`,
    match,
    match,
    runId,
    limit,
  ).map((row) => ({ ...summaryFromRow(row), passage: row.passage }));
}

function summaryFromRow(row: SummaryRow): RolloutSummary {
  return { ...row, trained: row.trained === 1 };
}

/** Words quoted one by one, so that nothing a user types is FTS5 syntax. */
function matchExpression(text: string): string {
  return (text.match(/[\p{L}\p{N}\p{Co}\p{M}]+/gu) ?? []).map((word) => `"${word}"`).join(" ");
}
