// How long the questions of the traces pages take in a large workspace, each asked once with arguments of its own, so that no answer
// is remembered from another. In this process, without transport.

import { performance } from "node:perf_hooks";
import { traceDetail } from "../../electron/services/trace-detail.ts";
import { traceTokens } from "../../electron/services/trace-tokens.ts";
import { depthTrend, groupTraces, queryTraces, traceFacets, tracePosition } from "../../electron/services/traces.ts";
import { superiorCotGroups, superiorCotRun } from "../../electron/services/superior-cot-replay.ts";
import type { ReadConnection } from "../../electron/storage/connection.ts";
import type { RolloutId, RunId } from "../../electron/storage/ids.ts";
import { openWorkspaceReadOnly } from "../../electron/storage/open-workspace.ts";
import { listTraceIds } from "../../electron/storage/trace-queries.ts";
import { listRuns } from "../../electron/storage/runs.ts";
import {
  TRACE_COLUMNS,
  TRACE_COMPOSITIONS,
  TRACE_OUTCOMES,
  traceFilterSchema,
  type TraceFilter,
  type TraceSort,
} from "../../shared/domain/trace.ts";

export interface Latencies {
  readonly question: string;
  readonly asked: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly slowestMs: number;
  /** What the slowest one asked. */
  readonly slowest: string;
}

interface Ask {
  readonly what: string;
  readonly answer: () => unknown;
}

const PAGE = { offset: 0, limit: 100 };

/** The largest run of the workspace is asked about. */
export async function measureTraceLatencies(file: string): Promise<readonly Latencies[]> {
  const runId = largestRun(file);
  const results: Latencies[] = [];
  for (const [question, asksOf] of Object.entries(QUESTIONS)) {
    // A connection of its own, so that no answer is remembered; the operating system's cache stays warm.
    const db = openWorkspaceReadOnly(file);
    const timed: { readonly what: string; readonly ms: number }[] = [];
    for (const { what, answer } of asksOf(db, runId)) {
      const startMs = performance.now();
      await answer();
      timed.push({ what, ms: performance.now() - startMs });
    }
    db.close();
    results.push(summarise(question, timed));
  }
  return results;
}

function largestRun(file: string): RunId {
  const db = openWorkspaceReadOnly(file);
  const [first] = listRuns(db).sort((a, b) => b.lastStep - a.lastStep);
  db.close();
  if (first === undefined) throw new Error(`${file} has no run`);
  return first.id;
}

function summarise(question: string, timed: readonly { readonly what: string; readonly ms: number }[]): Latencies {
  const sorted = timed.toSorted((a, b) => a.ms - b.ms);
  const at = (share: number): { readonly what: string; readonly ms: number } =>
    sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] as { readonly what: string; readonly ms: number };
  const last = at(1);
  return { question, asked: timed.length, p50Ms: at(0.5).ms, p95Ms: at(0.95).ms, slowestMs: last.ms, slowest: last.what };
}

type Filter = Partial<TraceFilter>;

const filterOf = (runId: RunId, filter: Filter): TraceFilter => traceFilterSchema.parse({ runId, ...filter });

function page(db: ReadConnection, runId: RunId, filter: Filter, sort?: TraceSort): Ask {
  const what = JSON.stringify({ ...filter, ...(sort === undefined ? {} : { sort }) });
  return { what, answer: () => queryTraces(db, { filter: filterOf(runId, filter), sort }, PAGE) };
}

const SEARCHES: readonly string[] = [
  "the",
  "a",
  "alphabet",
  "check ok",
  "wait draft change",
  "garden",
  "sailor river",
  '"last word"',
  '"by the door"',
  "capit*",
  "th*",
  "s*",
  "the -wait",
  "lamp -garden",
  "yellow boat winter",
  "commas",
  "nothinglikethis",
  "exactly words",
  "no repeats ok",
  "box",
];

/** Everything a page asks when its answer has to be worked out anew. */
const QUESTIONS: Readonly<Record<string, (db: ReadConnection, runId: RunId) => readonly Ask[]>> = {
  "first page": (db, runId) => [page(db, runId, {})],
  filter: (db, runId) => filters(db, runId).map((filter) => page(db, runId, filter)),
  sort: (db, runId) => TRACE_COLUMNS.flatMap((column) => [true, false].map((descending) => page(db, runId, {}, { column, descending }))),
  "filter and sort": (db, runId) =>
    filters(db, runId).map((filter, index) =>
      page(db, runId, filter, { column: TRACE_COLUMNS[index % TRACE_COLUMNS.length] ?? "reward", descending: true }),
    ),
  "full-text search": (db, runId) =>
    SEARCHES.flatMap((query) => [
      page(db, runId, { search: { type: "text", query, scopes: ["prompt", "reasoning", "answer"], matchCase: false } }),
      page(db, runId, { search: { type: "text", query, scopes: ["reasoning"], matchCase: false } }),
      page(db, runId, { outcome: "failures", search: { type: "text", query, scopes: ["answer"], matchCase: false } }),
    ]),
  "put together by prompt": (db, runId) =>
    filters(db, runId).flatMap((filter, index) => {
      const by = index % 2 === 0 ? "group" : "record";
      return [{ what: `${by} ${JSON.stringify(filter)}`, answer: () => groupTraces(db, { filter: filterOf(runId, filter) }, by, PAGE) }];
    }),
  "scroll to a far page": (db, runId) =>
    Array.from({ length: 100 }, (_, index) => ({
      what: `page ${index * 10}`,
      answer: () => queryTraces(db, { filter: filterOf(runId, {}) }, { offset: index * 1000, limit: 100 }),
    })),
  "neighbours of a row": (db, runId) =>
    spread(db, runId, 50).map((id) => ({ what: `rollout ${id}`, answer: () => tracePosition(db, { filter: filterOf(runId, {}) }, id) })),
  "filter panel": (db, runId) => [{ what: "facets", answer: () => traceFacets(db, runId) }],
  "one trace": (db, runId) => spread(db, runId, 50).map((id) => ({ what: `rollout ${id}`, answer: () => traceDetail(db, id) })),
  "its tokens": (db, runId) => spread(db, runId, 20).map((id) => ({ what: `rollout ${id}`, answer: () => traceTokens(db, id) })),
  "reasoning depth over steps": (db, runId) => [{ what: "trend", answer: () => depthTrend(db, runId) }],
  "superior CoT": (db, runId) => [
    { what: "run", answer: () => superiorCotRun(db, runId) },
    ...[0, 0.5, 1, 2].map((threshold) => ({
      what: `threshold ${threshold}`,
      answer: () => superiorCotGroups(db, runId, { threshold, show: "changed", ...PAGE }),
    })),
  ],
};

/** Rollouts from all over the run. */
function spread(db: ReadConnection, runId: RunId, count: number): readonly RolloutId[] {
  const ids = listTraceIds(db, filterOf(runId, {}));
  return Array.from({ length: count }, (_, index) => ids[Math.floor((index * ids.length) / count)] as RolloutId);
}

function filters(db: ReadConnection, runId: RunId): readonly Filter[] {
  const rules = traceFacets(db, runId).rules.slice(0, 12);
  const { lastStep } = traceFacets(db, runId);
  return [
    ...TRACE_OUTCOMES.slice(1).map((outcome): Filter => ({ outcome })),
    ...TRACE_COMPOSITIONS.slice(0, 6).map((composition): Filter => ({ compositions: [composition] })),
    { mode: "think" },
    { mode: "empty" },
    { depth: "deep" },
    { depth: "shallow", outcome: "passes" },
    { annotated: true },
    { slice: { tag: "source", value: "starter" } },
    { slice: { tag: "checks", value: "3" } },
    ...rules.flatMap(({ ruleId }): Filter[] => [{ rule: { id: ruleId } }, { rule: { id: ruleId, state: "fail" } }]),
    ...[0.1, 0.5, 0.9].map((share): Filter => ({ fromStep: Math.floor(lastStep * share) })),
    ...[0.1, 0.5, 0.9].map((share): Filter => ({ toStep: Math.floor(lastStep * share), outcome: "failures", mode: "think" })),
    ...["train-0001", "train-0500", "train-1000"].map((recordId): Filter => ({ recordId })),
  ];
}
