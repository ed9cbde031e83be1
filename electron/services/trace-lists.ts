// Which rollouts a view of the table shows, in order: asked once, kept while nothing changed, so that scrolling, neighbours and export
// only read the rows they need.

import type { TraceFilter, TraceSort } from "../../shared/domain/trace.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import type { ReadConnection } from "../storage/connection.ts";
import { listTraceIds, traceOwners, traceVersion } from "../storage/trace-queries.ts";
import { promptsOfRun, textSearch } from "../storage/trace-search.ts";
import { compileSearch, scanTraces, type ScanHit } from "./trace-scan.ts";

export interface TraceView {
  readonly filter: TraceFilter;
  readonly sort?: TraceSort | undefined;
}

export interface TraceList {
  readonly ids: readonly number[];
  /** Of a regular expression: where each rollout was hit. */
  readonly hits?: ReadonlyMap<number, ScanHit>;
  /** Why the list may lack rows, in words; null where it is complete. */
  readonly incompleteReason: string | null;
}

/** How long a regular expression may work. */
export const SCAN_LIMIT_MS = 10_000;
const KEPT_ANSWERS = 12;

interface Answer {
  readonly version: string;
  readonly value: unknown;
}

const answers = new WeakMap<ReadConnection, Map<string, Answer>>();
const searches = new WeakMap<ReadConnection, Map<string, AbortController>>();

/** An answer about a run, made again when its rows or notes changed. Failures are not kept. */
export function remembered<Value>(db: ReadConnection, runId: number, key: unknown, make: () => Value): Value {
  let kept = answers.get(db);
  if (kept === undefined) answers.set(db, (kept = new Map<string, Answer>()));
  const name = JSON.stringify([runId, key]);
  const version = traceVersion(db, runId);
  const known = kept.get(name);
  kept.delete(name);
  const value = known?.version === version ? (known.value as Value) : make();
  kept.set(name, { version, value });
  if (kept.size > KEPT_ANSWERS) kept.delete(kept.keys().next().value as string);
  return value;
}

/**
 * `searchKey`: a later search with the same key ends an earlier one that is still going on, which then throws "cancelled". Throws
 * "invalid-argument" for a faulty expression.
 */
export async function traceList(db: ReadConnection, view: TraceView, searchKey?: string): Promise<TraceList> {
  supersede(db, searchKey);
  if (view.filter.search?.type !== "regex") return { ids: listedIds(db, view), incompleteReason: null };
  const stop = new AbortController();
  const unlessStopped = remembered(db, view.filter.runId, ["scan", view], () => scan(db, view, stop.signal));
  if (searchKey !== undefined) running(db).set(searchKey, stop);
  try {
    return await unlessStopped;
  } catch (error) {
    forget(db, unlessStopped);
    throw error;
  } finally {
    if (searchKey !== undefined && running(db).get(searchKey) === stop) running(db).delete(searchKey);
  }
}

/** What is filtered and in order stays while somebody types on: a search only goes through it. */
function listedIds(db: ReadConnection, view: TraceView): readonly number[] {
  const { search, ...filter } = view.filter;
  const { runId } = filter;
  const unsearched = (): readonly number[] =>
    remembered(db, runId, ["ids", filter, view.sort ?? null], () => listTraceIds(db, filter, view.sort));
  if (search === undefined) return unsearched();
  return remembered(db, runId, ["search", view], () => {
    const isMeant = textSearch(db, search);
    let prompts: ReadonlyMap<number, number> | undefined;
    const promptOf = (id: number): number | undefined => (prompts ??= promptsBeside(db, runId)).get(id);
    return unsearched().filter((id) => isMeant(id, promptOf));
  });
}

/** Made once; whoever has time before somebody searches may ask for it. */
export function promptsBeside(db: ReadConnection, runId: number): ReadonlyMap<number, number> {
  return remembered(db, runId, ["prompts"], () => promptsOfRun(db, runId));
}

async function scan(db: ReadConnection, { filter, sort }: TraceView, signal: AbortSignal): Promise<TraceList> {
  const search = filter.search;
  if (search === undefined) throw new Error("a scan needs a search");
  const { source, flags } = compileSearch(search);
  const ids = listTraceIds(db, filter, sort);
  const request = { workspace: db.name, ids, pattern: source, flags, scopes: search.scopes };
  const { hits, scanned, stopped } = await scanTraces(request, SCAN_LIMIT_MS, signal);
  if (stopped === "cancelled") throw new WorkbenchError("cancelled", "another search took the place of this one");
  const reason = `searched ${scanned} of ${ids.length} rollouts in ${SCAN_LIMIT_MS / 1000} seconds`;
  const hitOf = new Map(hits.map((hit) => [hit.rolloutId, hit]));
  return { ids: hits.map(({ rolloutId }) => rolloutId), hits: hitOf, incompleteReason: stopped === "time" ? reason : null };
}

function running(db: ReadConnection): Map<string, AbortController> {
  let map = searches.get(db);
  if (map === undefined) searches.set(db, (map = new Map<string, AbortController>()));
  return map;
}

function supersede(db: ReadConnection, searchKey: string | undefined): void {
  if (searchKey === undefined) return;
  running(db).get(searchKey)?.abort();
  running(db).delete(searchKey);
}

function forget(db: ReadConnection, value: unknown): void {
  const kept = answers.get(db);
  for (const [name, answer] of kept ?? []) if (answer.value === value) kept?.delete(name);
}

export interface TraceGroupList {
  /** Matching rollouts of each group, groups in the order of their first rows. */
  readonly groups: readonly (readonly number[])[];
  readonly incompleteReason: string | null;
}

/** The rows of a view put together by prompt, within a step or over steps. */
export async function traceGroupList(
  db: ReadConnection,
  view: TraceView,
  by: "group" | "record",
  searchKey?: string,
): Promise<TraceGroupList> {
  const list = await traceList(db, view, searchKey);
  const { runId } = view.filter;
  const groups = remembered(db, runId, ["groups", by, view], () => {
    const owners = remembered(db, runId, ["owners", by], () => traceOwners(db, runId, by));
    return [...Map.groupBy(list.ids, (id) => owners.get(id)).values()];
  });
  return { groups, incompleteReason: list.incompleteReason };
}
