// The table of traces: pages of rows or of prompts, neighbours of a row, counts for the filter panel, depth over steps. Reads only;
// which rows a view has is trace-lists.ts, one rollout in full is trace-detail.ts.

import type {
  DropReason,
  TraceComposition,
  TraceFacets,
  TraceGroupPage,
  TraceGroupRow,
  TraceMode,
  TracePage,
  TracePosition,
  TraceRow,
  TraceSearch,
} from "../../shared/domain/trace.ts";
import type { DepthTrendPoint } from "../../shared/domain/reasoning-depth.ts";
import type { ReadConnection } from "../storage/connection.ts";
import { getDatasetRecord } from "../storage/datasets.ts";
import type { RunId } from "../storage/ids.ts";
import { getRun } from "../storage/runs.ts";
import {
  checkStateCounts,
  depthBySteps,
  rulesOf,
  tagCounts,
  traceCounts,
  traceRowsOf,
  traceTextsOf,
  traceTotals,
  type StoredTraceRow,
  type TraceTexts,
} from "../storage/trace-queries.ts";
import { ruleLabel } from "./rule-label.ts";
import { promptsBeside, remembered, traceGroupList, traceList, type TraceView } from "./trace-lists.ts";
import { passageOfHit, passageOfTerms } from "./trace-passage.ts";
import type { ScanHit } from "./trace-scan.ts";
import { userTurn } from "./user-turn.ts";

const START_CHARACTERS = 200;
const SHOWN_IDS = 64;

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

/** Throws "not-found" for an unknown run, "invalid-argument" for a faulty expression, "cancelled" for a search that was superseded. */
export async function queryTraces(db: ReadConnection, view: TraceView, page: Page, searchKey?: string): Promise<TracePage> {
  getRun(db, view.filter.runId as RunId);
  const { ids, hits, incompleteReason } = await traceList(db, view, searchKey);
  const rows = shownRows(db, ids.slice(page.offset, page.offset + page.limit), view.filter.search, hits);
  return { total: ids.length, offset: page.offset, rows, complete: incompleteReason === null, incompleteReason };
}

/** Rows as the table shows them, in the order of `ids`. `hits` are those of a regular expression. */
export function shownRows(
  db: ReadConnection,
  ids: readonly number[],
  search?: TraceSearch,
  hits?: ReadonlyMap<number, ScanHit>,
): TraceRow[] {
  const texts = new Map(traceTextsOf(db, ids).map((text) => [text.rolloutId, text]));
  return traceRowsOf(db, ids).map((row) => {
    const { think = null, answer = "", prompt = null, vote = null, comment = null } = texts.get(row.rolloutId) ?? {};
    const parts = { reasoning: think, answer, prompt };
    const hit = hits?.get(row.rolloutId);
    const passage = hit !== undefined ? passageOfHit(parts, hit) : search?.type === "text" ? passageOfTerms(parts, search) : null;
    return traceRow(row, { think, answer, vote, comment }, passage);
  });
}

function traceRow(row: StoredTraceRow, texts: Pick<TraceTexts, "think" | "answer" | "vote" | "comment">, passage: string | null): TraceRow {
  const { promptId: _, passes: __, overlap, named, constraints, checked, revised, depth, ...rest } = row;
  return {
    ...rest,
    composition: row.composition as TraceComposition,
    mode: row.mode as TraceMode,
    kept: row.kept === 1,
    dropReason: row.dropReason as DropReason | null,
    trained: row.trained === 1,
    depth:
      depth === null
        ? null
        : { overlap, named: named ?? 0, constraints: constraints ?? 0, checked: checked ?? 0, revised: revised ?? 0, depth },
    vote: texts.vote ?? 0,
    hasComment: (texts.comment ?? "") !== "",
    reasoningStart: startOf(texts.think ?? ""),
    answerStart: startOf(texts.answer),
    passage,
  };
}

function startOf(text: string): string {
  return text.slice(0, START_CHARACTERS).replace(/\s+/g, " ").trim();
}

/** Throws like queryTraces. */
export async function groupTraces(
  db: ReadConnection,
  view: TraceView,
  by: "group" | "record",
  page: Page,
  searchKey?: string,
): Promise<TraceGroupPage> {
  const run = getRun(db, view.filter.runId as RunId);
  const { groups, incompleteReason } = await traceGroupList(db, view, by, searchKey);
  const shown = groups.slice(page.offset, page.offset + page.limit);
  const samples = sampleCounts(db, view.filter.runId, by);
  const rows = new Map(traceRowsOf(db, shown.flat()).map((row) => [row.rolloutId, row]));
  const prompts = new Map(
    traceTextsOf(
      db,
      shown.flatMap((ids) => ids.slice(0, 1)),
    ).map((text) => [text.rolloutId, text.prompt]),
  );
  return {
    total: groups.length,
    offset: page.offset,
    groups: shown.map((ids) => {
      const own = ids.flatMap((id) => rows.get(id) ?? []);
      return groupRow(own, by, samples, (recordId) => {
        const record = run.datasetId === undefined ? undefined : getDatasetRecord(db, run.datasetId, recordId);
        return userTurn(prompts.get(ids[0] as number) ?? "", record);
      });
    }),
    complete: incompleteReason === null,
    incompleteReason,
  };
}

function sampleCounts(db: ReadConnection, runId: number, by: "group" | "record"): ReadonlyMap<number | string, number> {
  return remembered(db, runId, ["samples", by], () => {
    const owner = by === "group" ? "group_id" : "record_id";
    const rows = db.prepare(`SELECT ${owner} AS owner, count(*) AS count FROM trace_rows WHERE run_id = ? GROUP BY ${owner}`).all(runId);
    return new Map((rows as { owner: number | string; count: number }[]).map(({ owner: value, count }) => [value, count]));
  });
}

function groupRow(
  rows: readonly StoredTraceRow[],
  by: "group" | "record",
  samples: ReadonlyMap<number | string, number>,
  instructionOf: (recordId: string) => string,
): TraceGroupRow {
  const [first] = rows as [StoredTraceRow];
  const rewards = rows.map(({ reward }) => reward);
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
  const squares = rewards.reduce((sum, reward) => sum + (reward - mean) ** 2, 0);
  const steps = rows.map(({ step }) => step);
  const within = by === "group";
  return {
    groupId: within ? first.groupId : null,
    recordId: first.recordId,
    composition: first.composition as TraceComposition,
    firstStep: Math.min(...steps),
    lastStep: Math.max(...steps),
    groupIndex: within ? first.groupIndex : null,
    matching: rows.length,
    samples: samples.get(within ? first.groupId : first.recordId) ?? rows.length,
    rewardMean: mean,
    rewardStd: rewards.length < 2 ? 0 : Math.sqrt(squares / (rewards.length - 1)),
    rewardMin: Math.min(...rewards),
    rewardMax: Math.max(...rewards),
    passes: rows.filter(({ passes }) => passes === 1).length,
    kept: within ? first.kept === 1 : null,
    dropReason: within ? (first.dropReason as DropReason | null) : null,
    promptStart: startOf(instructionOf(first.recordId)),
    rolloutIds: rows.slice(0, SHOWN_IDS).map(({ rolloutId }) => rolloutId),
  };
}

/** Throws like queryTraces. */
export async function tracePosition(db: ReadConnection, view: TraceView, rolloutId: number): Promise<TracePosition> {
  const { ids } = await traceList(db, view);
  const index = ids.indexOf(rolloutId);
  if (index < 0) return { index: null, total: ids.length, previous: null, next: null };
  return { index, total: ids.length, previous: ids[index - 1] ?? null, next: ids[index + 1] ?? null };
}

/** Throws "not-found". */
export function traceFacets(db: ReadConnection, runId: RunId): TraceFacets {
  getRun(db, runId);
  return remembered(db, runId, ["facets"], () => {
    // Pages ask when their first rows are there; a search that comes later need not wait for it.
    promptsBeside(db, runId);
    const totals = traceTotals(db, runId);
    const { rollouts, passes } = totals;
    return {
      rollouts,
      firstStep: totals.firstStep ?? 0,
      lastStep: totals.lastStep ?? 0,
      compositions: traceCounts(db, runId, "composition").map((row) => ({ ...row, value: row.value as TraceComposition })),
      modes: traceCounts(db, runId, "mode").map((row) => ({ ...row, value: row.value as TraceMode })),
      outcomes: [
        { value: "all", rollouts },
        { value: "passes", rollouts: passes },
        { value: "failures", rollouts: rollouts - passes },
        { value: "different", rollouts: totals.differing },
        { value: "dropped", rollouts: totals.dropped },
        { value: "truncated", rollouts: totals.truncated },
      ],
      slices: sliceFacets(db, runId),
      rules: ruleFacets(db, runId),
    };
  });
}

/** A tag with more values than this, such as a name, is nothing to choose from. */
const MOST_TAG_VALUES = 30;

function sliceFacets(db: ReadConnection, runId: RunId): TraceFacets["slices"] {
  return [...Map.groupBy(tagCounts(db, runId), ({ tag }) => tag)]
    .filter(([, counts]) => counts.length <= MOST_TAG_VALUES)
    .map(([tag, counts]) => ({ tag, values: counts.map(({ value, rollouts }) => ({ value, rollouts })) }));
}

const STATES = { p: "pass", f: "fail", i: "inactive", b: "blocked" } as const;

type RuleFacet = TraceFacets["rules"][number];

/** All responses to a record have the checks of its tree, so that the rules of one of them name the states of the others. */
function ruleFacets(db: ReadConnection, runId: RunId): RuleFacet[] {
  const counts = checkStateCounts(db, runId);
  const examples = new Map(counts.map(({ recordId, rolloutId }) => [recordId, rolloutId]));
  const rules = rulesOf(db, [...examples.values()]);
  const found = new Map<string, { -readonly [Key in keyof RuleFacet]: RuleFacet[Key] }>();
  for (const { recordId, checkStates, rollouts } of counts) {
    for (const [position, ruleId] of (rules.get(examples.get(recordId) as number) ?? []).entries()) {
      let facet = found.get(ruleId);
      if (facet === undefined) found.set(ruleId, (facet = { ruleId, label: ruleLabel(ruleId), pass: 0, fail: 0, inactive: 0, blocked: 0 }));
      const state = STATES[checkStates[position] as keyof typeof STATES];
      facet[state] += rollouts;
    }
  }
  const total = ({ pass, fail, inactive, blocked }: RuleFacet): number => pass + fail + inactive + blocked;
  return [...found.values()].sort((a, b) => total(b) - total(a) || (a.ruleId < b.ruleId ? -1 : 1));
}

/** One point a step that has responses with reasoning. Throws "not-found". */
export function depthTrend(db: ReadConnection, runId: RunId): readonly DepthTrendPoint[] {
  getRun(db, runId);
  return remembered(db, runId, ["depth"], () => depthBySteps(db, runId));
}
