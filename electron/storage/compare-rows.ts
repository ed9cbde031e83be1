// What stands side by side: answers of a run's step or of an evaluation, one a prompt, with the states of their checks.

import { allRows, getRow, type ReadConnection } from "./connection.ts";
import type { EvaluationItem } from "./evaluations.ts";
import { listVerdicts } from "./verdicts.ts";

export interface AnsweredPrompt {
  readonly recordId: string;
  /** A letter a check in the order of the tree, as in trace_rows. */
  readonly checkStates: string;
}

/** The first rollout of the mode of each prompt of a step. */
export function promptsOfStep(db: ReadConnection, runId: number, step: number, mode: string): AnsweredPrompt[] {
  return allRows(
    db,
    `SELECT record_id AS recordId, check_states AS checkStates FROM trace_rows
     WHERE run_id = ? AND step = ? AND mode = ? GROUP BY record_id HAVING rollout_id = min(rollout_id) ORDER BY min(rollout_id)`,
    runId,
    step,
    mode,
  );
}

export function promptsOfEvaluation(db: ReadConnection, evaluationId: number): AnsweredPrompt[] {
  return allRows(
    db,
    `SELECT i.record_id AS recordId,
       coalesce((SELECT group_concat(substr(v.state, 1, 1), '' ORDER BY v.position) FROM evaluation_verdicts v WHERE v.item_id = i.id), '')
         AS checkStates
     FROM evaluation_items i WHERE i.evaluation_id = ? ORDER BY i.position`,
    evaluationId,
  );
}

export function promptOfRollout(db: ReadConnection, rolloutId: number): AnsweredPrompt[] {
  return allRows(db, "SELECT record_id AS recordId, check_states AS checkStates FROM trace_rows WHERE rollout_id = ?", rolloutId);
}

/** The rollout that stands for a prompt of a step. */
export function rolloutOfStep(db: ReadConnection, runId: number, step: number, mode: string, recordId: string): number | undefined {
  return getRow<{ id: number }>(
    db,
    `SELECT rollout_id AS id FROM trace_rows WHERE run_id = ? AND record_id = ? AND step = ? AND mode = ? ORDER BY rollout_id LIMIT 1`,
    runId,
    recordId,
    step,
    mode,
  )?.id;
}

export type ComparedItem = Pick<EvaluationItem, "text" | "finish" | "seed" | "checksPassed" | "checksActive" | "verdicts"> & {
  readonly think: string | null;
  readonly answer: string | null;
  readonly tokens: number;
};

export function evaluationItemOf(db: ReadConnection, evaluationId: number, recordId: string): ComparedItem | undefined {
  const item = getRow<Omit<ComparedItem, "verdicts"> & { readonly id: number }>(
    db,
    `SELECT id, text, think, answer, finish, seed, length(token_ids) / 4 AS tokens, checks_passed AS checksPassed,
       checks_active AS checksActive FROM evaluation_items WHERE evaluation_id = ? AND record_id = ? ORDER BY position LIMIT 1`,
    evaluationId,
    recordId,
  );
  return item === undefined ? undefined : { ...item, verdicts: listVerdicts(db, "evaluation-item", item.id) };
}

export interface AnsweredStep {
  readonly runId: number;
  readonly step: number;
  readonly mode: "think" | "empty";
  readonly prompts: number;
}

/** Newest run and step first; of one run or of all that are not deleted. */
export function answeredSteps(db: ReadConnection, runId?: number): AnsweredStep[] {
  const wanted = runId === undefined ? "" : "AND t.run_id = ?";
  return allRows(
    db,
    `SELECT t.run_id AS runId, t.step, t.mode, count(DISTINCT t.record_id) AS prompts FROM trace_rows t JOIN runs r ON r.id = t.run_id
     WHERE r.deleted_at_ms IS NULL ${wanted} GROUP BY t.run_id, t.step, t.mode ORDER BY t.run_id DESC, t.step DESC, t.mode DESC`,
    ...(runId === undefined ? [] : [runId]),
  );
}

export function answeredEvaluations(db: ReadConnection): { readonly evaluationId: number; readonly prompts: number }[] {
  return allRows(db, "SELECT evaluation_id AS evaluationId, count(*) AS prompts FROM evaluation_items GROUP BY evaluation_id");
}

/** Places of records in the stored data sets, the newest data set's where several have one. */
export function recordPlaces(db: ReadConnection, recordIds: readonly string[]): Map<string, number> {
  const rows = allRows<{ recordId: string; position: number }>(
    db,
    `SELECT record_id AS recordId, position FROM dataset_records WHERE record_id IN (SELECT value FROM json_each(?)) ORDER BY dataset_id`,
    JSON.stringify(recordIds),
  );
  return new Map(rows.map(({ recordId, position }) => [recordId, position]));
}
