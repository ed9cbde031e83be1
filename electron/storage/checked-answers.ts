// Answers that a "verify" job found wrong or read in two ways, as stored: written piece by piece, read in pages.

import type { CheckedAnswersFilter, ListedAnswer } from "../../shared/domain/answer-check.ts";
import { allRows, column, getRow, run, transaction, type ReadConnection, type WriteConnection } from "./connection.ts";
import type { CollectionId, JobId } from "./ids.ts";

/** Lists of earlier checks of a dataset that are kept beside the newest. */
const KEPT_CHECKS = 5;

/** Behind those that the job has already. */
export function addCheckedAnswers(db: WriteConnection, jobId: JobId, answers: readonly ListedAnswer[]): void {
  transaction(db, () => {
    const sql = "SELECT coalesce(max(position) + 1, 0) AS next FROM checked_answers WHERE job_id = ?";
    const next = getRow<{ next: number }>(db, sql, jobId)?.next ?? 0;
    for (const [index, answer] of answers.entries()) {
      const differs = answer.leaves.some(({ otherwise }) => otherwise !== undefined) ? 1 : 0;
      const values = [jobId, next + index, answer.rowId, answer.outcome, differs, JSON.stringify(answer)] as const;
      run(db, "INSERT INTO checked_answers VALUES (?, ?, ?, ?, ?, ?)", ...values);
    }
  });
}

/** Lists of checks that are long past, and one that this job may have begun before. */
export function clearCheckedAnswers(db: WriteConnection, jobId: JobId, datasetId: CollectionId): void {
  const old = `SELECT id FROM jobs WHERE kind = 'verify' AND id <> ? AND json_extract(arguments_json, '$.request.datasetId') = ?
    ORDER BY id DESC LIMIT -1 OFFSET ${KEPT_CHECKS}`;
  run(db, `DELETE FROM checked_answers WHERE job_id = ? OR job_id IN (${old})`, jobId, jobId, datasetId);
}

const WHERE = `job_id = ? AND (? <> 'failed' OR outcome = 'failed') AND (? <> 'disagreeing' OR differs = 1)
  AND (? IS NULL OR EXISTS (SELECT 1 FROM json_each(answer_json, '$.leaves') WHERE json_extract(value, '$.ruleId') = ?))`;

function values({ jobId, show, rule }: CheckedAnswersFilter): (string | number | null)[] {
  return [jobId, show, show, rule ?? null, rule ?? null];
}

export function countCheckedAnswers(db: ReadConnection, filter: CheckedAnswersFilter): number {
  return getRow<{ count: number }>(db, `SELECT count(*) AS count FROM checked_answers WHERE ${WHERE}`, ...values(filter))?.count ?? 0;
}

export function listCheckedAnswers(db: ReadConnection, filter: CheckedAnswersFilter, limit: number, offset: number): ListedAnswer[] {
  const sql = `SELECT answer_json AS json FROM checked_answers WHERE ${WHERE} ORDER BY position LIMIT ? OFFSET ?`;
  return allRows<{ json: string }>(db, sql, ...values(filter), limit, offset).map(({ json }) => JSON.parse(json) as ListedAnswer);
}

/** Of those that are still in the dataset, each once, in its order. */
export function checkedRowIds(db: ReadConnection, datasetId: CollectionId, filter: CheckedAnswersFilter): number[] {
  const sql = `SELECT DISTINCT row_id FROM checked_answers WHERE ${WHERE}
    AND row_id IN (SELECT row_id FROM collection_heads WHERE collection_id = ?) ORDER BY row_id`;
  return column<number>(db, sql, ...values(filter), datasetId);
}
