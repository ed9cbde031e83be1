// Questions to the narrow rows of a run: which rollouts pass a filter, in which order; rows for a page; counts for the filter panel;
// depth over steps. Texts are searched by trace-search.ts, regular expressions by services/trace-scan.ts.

import type { TraceColumn, TraceFilter, TraceOutcome, TraceSort } from "../../shared/domain/trace.ts";
import { allRows, column, getRow, type ReadConnection, type SqlValue } from "./connection.ts";

interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

const OUTCOMES: Readonly<Record<TraceOutcome, string>> = {
  all: "1",
  passes: "t.passes = 1",
  failures: "t.passes = 0",
  different: "t.differs = 1",
  dropped: "t.kept = 0",
  truncated: "t.finish = 'length'",
};

const ANNOTATION = "a.run_id = t.run_id AND a.step = t.step AND a.group_index = t.group_index AND a.sample_index = t.sample_index";

/** A tag's value as text. */
const TAG_VALUE = "CASE tag.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(tag.value AS TEXT) END";

const SLICE = `t.record_id IN (
  SELECT d.record_id FROM runs r JOIN dataset_records d ON d.dataset_id = r.dataset_id, json_each(d.record_json, '$.tags') tag
  WHERE r.id = ? AND tag.key = ? AND ${TAG_VALUE} = ?)`;

/** Everything of a filter but its search. */
function conditions(filter: TraceFilter): Condition[] {
  const found: Condition[] = [{ sql: "t.run_id = ?", values: [filter.runId] }];
  const add = (sql: string, ...values: readonly SqlValue[]): void => void found.push({ sql, values });
  if (filter.fromStep !== undefined) add("t.step >= ?", filter.fromStep);
  if (filter.toStep !== undefined) add("t.step <= ?", filter.toStep);
  if (filter.compositions !== undefined) add(`t.composition IN (${filter.compositions.map(() => "?").join(", ")})`, ...filter.compositions);
  if (filter.rule !== undefined) {
    const { id, state } = filter.rule;
    const sql = `t.rollout_id IN (SELECT rollout_id FROM verdicts WHERE rule_id = ?${state === undefined ? "" : " AND state = ?"})`;
    add(sql, id, ...(state === undefined ? [] : [state]));
  }
  if (filter.mode !== undefined) add("t.mode = ?", filter.mode);
  if (filter.outcome !== "all") add(OUTCOMES[filter.outcome]);
  if (filter.recordId !== undefined) add("t.record_id = ?", filter.recordId);
  if (filter.slice !== undefined) add(SLICE, filter.runId, filter.slice.tag, filter.slice.value);
  if (filter.groupId !== undefined) add("t.group_id = ?", filter.groupId);
  if (filter.depth !== undefined) add("t.depth = ?", filter.depth);
  if (filter.annotated) add(`EXISTS (SELECT 1 FROM rollout_annotations a WHERE ${ANNOTATION} AND (a.vote <> 0 OR a.comment <> ''))`);
  return found;
}

const SORT_VALUES: Readonly<Record<TraceColumn, string>> = {
  step: "t.step",
  record: "t.record_id",
  composition: "t.composition",
  mode: "t.mode",
  reward: "t.reward",
  format: "t.format_reward",
  accuracy: "t.accuracy_reward",
  checks: "CAST(t.checks_passed AS REAL) / nullif(t.checks_active, 0)",
  advantage: "t.advantage",
  length: "t.length",
  finish: "t.finish",
  gate: "t.gate",
  kept: "t.kept",
  overlap: "t.overlap",
  named: "CAST(t.named AS REAL) / nullif(t.constraints, 0)",
  checked: "t.checked",
  revised: "t.revised",
  depth: "t.depth",
};

const PLACE = "t.step, t.group_index, t.sample_index";

/** Rows without a value come last either way. */
function orderBy(sort: TraceSort | undefined): string {
  if (sort === undefined || (sort.column === "step" && !sort.descending)) return PLACE;
  const value = SORT_VALUES[sort.column];
  return `${value} ${sort.descending ? "DESC" : "ASC"} NULLS LAST, ${PLACE}`;
}

/** Ids of the rollouts that pass the filter, in order; a search in it is left aside. */
export function listTraceIds(db: ReadConnection, filter: TraceFilter, sort?: TraceSort): number[] {
  const all = conditions(filter);
  const sql = `SELECT t.rollout_id FROM trace_rows t WHERE ${all.map((condition) => condition.sql).join(" AND ")} ORDER BY ${orderBy(sort)}`;
  return column<number>(db, sql, ...all.flatMap(({ values }) => values));
}

/** Changes whenever the rows of a run, or the notes on them, may have. */
export function traceVersion(db: ReadConnection, runId: number): string {
  const row = getRow<Record<string, number | null>>(
    db,
    `SELECT (SELECT count(*) FROM steps WHERE run_id = asked.id AND traces_indexed = 1) AS steps,
       (SELECT max(created_at_ms) FROM steps WHERE run_id = asked.id) AS storedAtMs,
       (SELECT count(*) FROM rollout_annotations WHERE run_id = asked.id) AS notes,
       (SELECT max(updated_at_ms) FROM rollout_annotations WHERE run_id = asked.id) AS notedAtMs,
       (SELECT sum(vote) FROM rollout_annotations WHERE run_id = asked.id) AS votes
     FROM (SELECT ? AS id) AS asked`,
    runId,
  );
  return JSON.stringify(row);
}

export interface StoredTraceRow {
  readonly rolloutId: number;
  readonly groupId: number;
  readonly promptId: number | null;
  readonly step: number;
  readonly groupIndex: number;
  readonly sampleIndex: number;
  readonly recordId: string;
  readonly composition: string;
  readonly mode: string;
  readonly reward: number;
  readonly formatReward: number;
  readonly accuracyReward: number;
  readonly checksPassed: number;
  readonly checksActive: number;
  readonly checkStates: string;
  readonly advantage: number | null;
  readonly length: number;
  readonly finish: string;
  readonly gate: string;
  readonly kept: number;
  readonly dropReason: string | null;
  readonly trained: number;
  readonly passes: number;
  readonly overlap: number | null;
  readonly named: number | null;
  readonly constraints: number | null;
  readonly checked: number | null;
  readonly revised: number | null;
  readonly depth: "shallow" | "deep" | null;
}

const ROW = `t.rollout_id AS rolloutId, t.group_id AS groupId, t.prompt_id AS promptId, t.step, t.group_index AS groupIndex,
  t.sample_index AS sampleIndex, t.record_id AS recordId, t.composition, t.mode, t.reward, t.format_reward AS formatReward,
  t.accuracy_reward AS accuracyReward, t.checks_passed AS checksPassed, t.checks_active AS checksActive, t.check_states AS checkStates,
  t.advantage, t.length, t.finish, t.gate, t.kept, t.drop_reason AS dropReason, t.trained, t.passes, t.overlap, t.named, t.constraints,
  t.checked, t.revised, t.depth`;

/** In the order of `ids`; ids without a row are left out. */
export function traceRowsOf(db: ReadConnection, ids: readonly number[]): StoredTraceRow[] {
  const rows = allRows<StoredTraceRow>(
    db,
    `SELECT ${ROW} FROM trace_rows t WHERE t.rollout_id IN (SELECT value FROM json_each(?))`,
    JSON.stringify(ids),
  );
  return inOrder(rows, ids);
}

export interface TraceTexts {
  readonly rolloutId: number;
  readonly think: string | null;
  /** The whole text where no answer was found in it. */
  readonly answer: string;
  readonly prompt: string | null;
  readonly vote: -1 | 0 | 1 | null;
  readonly comment: string | null;
}

/** Texts and notes of the rows of a page, in the order of `ids`. */
export function traceTextsOf(db: ReadConnection, ids: readonly number[]): TraceTexts[] {
  const rows = allRows<TraceTexts>(
    db,
    `SELECT t.rollout_id AS rolloutId, r.think, coalesce(r.answer, r.text) AS answer, p.prompt, a.vote, a.comment
     FROM trace_rows t JOIN rollouts r ON r.id = t.rollout_id LEFT JOIN group_prompts p ON p.id = t.prompt_id
     LEFT JOIN rollout_annotations a ON ${ANNOTATION}
     WHERE t.rollout_id IN (SELECT value FROM json_each(?))`,
    JSON.stringify(ids),
  );
  return inOrder(rows, ids);
}

function inOrder<Row extends { readonly rolloutId: number }>(rows: readonly Row[], ids: readonly number[]): Row[] {
  const byId = new Map(rows.map((row) => [row.rolloutId, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** The group, or the record, of every rollout of a run, by rollout id. */
export function traceOwners(db: ReadConnection, runId: number, by: "group" | "record"): Map<number, number | string> {
  const owner = by === "group" ? "group_id" : "record_id";
  const rows = allRows<{ id: number; owner: number | string }>(
    db,
    `SELECT rollout_id AS id, ${owner} AS owner FROM trace_rows WHERE run_id = ?`,
    runId,
  );
  return new Map(rows.map(({ id, owner: value }) => [id, value]));
}

export interface StoredFacets {
  readonly rollouts: number;
  readonly firstStep: number | null;
  readonly lastStep: number | null;
  readonly passes: number;
  readonly differing: number;
  readonly dropped: number;
  readonly truncated: number;
}

export function traceTotals(db: ReadConnection, runId: number): StoredFacets {
  return getRow<StoredFacets>(
    db,
    `SELECT count(*) AS rollouts, min(step) AS firstStep, max(step) AS lastStep, total(passes) AS passes, total(differs) AS differing,
       total(kept = 0) AS dropped, total(finish = 'length') AS truncated FROM trace_rows WHERE run_id = ?`,
    runId,
  ) as StoredFacets;
}

export function traceCounts(
  db: ReadConnection,
  runId: number,
  by: "composition" | "mode",
): { readonly value: string; readonly rollouts: number }[] {
  return allRows(db, `SELECT ${by} AS value, count(*) AS rollouts FROM trace_rows WHERE run_id = ? GROUP BY ${by} ORDER BY 2 DESC`, runId);
}

/** How many rollouts answer records with each value of each tag, tag by tag. */
export function tagCounts(
  db: ReadConnection,
  runId: number,
): { readonly tag: string; readonly value: string; readonly rollouts: number }[] {
  return allRows(
    db,
    `WITH answered (record_id, rollouts) AS (SELECT record_id, count(*) FROM trace_rows WHERE run_id = ? GROUP BY record_id)
     SELECT tag.key AS tag, ${TAG_VALUE} AS value, sum(rollouts) AS rollouts
     FROM runs r JOIN dataset_records d ON d.dataset_id = r.dataset_id JOIN answered a ON a.record_id = d.record_id,
       json_each(d.record_json, '$.tags') tag
     WHERE r.id = ? GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2`,
    runId,
    runId,
  );
}

/** How often each combination of check states occurs with each record. */
export function checkStateCounts(
  db: ReadConnection,
  runId: number,
): { readonly recordId: string; readonly checkStates: string; readonly rollouts: number; readonly rolloutId: number }[] {
  return allRows(
    db,
    `SELECT record_id AS recordId, check_states AS checkStates, count(*) AS rollouts, min(rollout_id) AS rolloutId
     FROM trace_rows WHERE run_id = ? GROUP BY record_id, check_states`,
    runId,
  );
}

/** Rule ids of the verdicts of some rollouts, in the order of the tree. */
export function rulesOf(db: ReadConnection, rolloutIds: readonly number[]): Map<number, string[]> {
  const rows = allRows<{ id: number; rulesJson: string }>(
    db,
    `SELECT rollout_id AS id, json_group_array(rule_id ORDER BY position) AS rulesJson FROM verdicts
     WHERE rollout_id IN (SELECT value FROM json_each(?)) GROUP BY rollout_id`,
    JSON.stringify(rolloutIds),
  );
  return new Map(rows.map(({ id, rulesJson }) => [id, JSON.parse(rulesJson) as string[]]));
}

export interface StoredDepthPoint {
  readonly step: number;
  readonly rollouts: number;
  readonly deepShare: number;
  readonly overlap: number | null;
  readonly namedShare: number;
  readonly checked: number;
  readonly revised: number;
  readonly accuracy: number;
  readonly accuracyDeep: number | null;
  readonly accuracyShallow: number | null;
}

export function depthBySteps(db: ReadConnection, runId: number): StoredDepthPoint[] {
  return allRows(
    db,
    `SELECT step, count(*) AS rollouts, avg(depth = 'deep') AS deepShare, avg(overlap) AS overlap,
       coalesce(avg(CAST(named AS REAL) / nullif(constraints, 0)), 0) AS namedShare, avg(checked) AS checked, avg(revised) AS revised,
       avg(passes) AS accuracy, avg(CASE WHEN depth = 'deep' THEN passes END) AS accuracyDeep,
       avg(CASE WHEN depth = 'shallow' THEN passes END) AS accuracyShallow
     FROM trace_rows WHERE run_id = ? AND depth IS NOT NULL GROUP BY step ORDER BY step`,
    runId,
  );
}
