// Which rollouts a text search means: asked of the full-text indexes as sets of ids, so that a view that is kept in order is only gone
// through. Regular expressions are services/trace-scan.ts.

import type { TraceSearch } from "../../shared/domain/trace.ts";
import { column, type ReadConnection } from "./connection.ts";
import { matchAll, matchAny, parseSearchTerms, type SearchTerm } from "./search-terms.ts";

/** Whether a rollout is meant. Its prompt is asked for where that decides; undefined where it was not stored. */
export type MeansRollout = (rolloutId: number, promptOf: (rolloutId: number) => number | undefined) => boolean;

const RESPONSE_COLUMNS = { reasoning: "think", answer: "searchable_answer" } as const;

/** All wanted terms in one place, reasoning and answer counting as one where both are searched, and no excluded one in any. */
export function textSearch(db: ReadConnection, { query, scopes }: Pick<TraceSearch, "query" | "scopes">): MeansRollout {
  const { wanted, excluded } = parseSearchTerms(query);
  if (wanted.length + excluded.length === 0) return () => false;
  const hits = wanted.length === 0 ? undefined : placesOf(db, matchAll, wanted, scopes);
  const misses = excluded.length === 0 ? undefined : placesOf(db, matchAny, excluded, scopes);
  return (rolloutId, promptOf) => hits?.(rolloutId, promptOf) !== false && misses?.(rolloutId, promptOf) !== true;
}

function placesOf(
  db: ReadConnection,
  expression: (terms: readonly SearchTerm[], columns?: readonly string[]) => string,
  terms: readonly SearchTerm[],
  scopes: readonly string[],
): MeansRollout {
  const columns = (["reasoning", "answer"] as const).filter((scope) => scopes.includes(scope)).map((scope) => RESPONSE_COLUMNS[scope]);
  const idsIn = (index: string, match: string): ReadonlySet<number> =>
    new Set(column<number>(db, `SELECT rowid FROM ${index} WHERE ${index} MATCH ?`, match));
  const rollouts = columns.length === 0 ? undefined : idsIn("rollouts_fts", expression(terms, columns.length === 2 ? undefined : columns));
  const prompts = scopes.includes("prompt") ? idsIn("prompts_fts", expression(terms)) : undefined;
  if (prompts === undefined || prompts.size === 0) return (rolloutId) => rollouts?.has(rolloutId) === true;
  return (rolloutId, promptOf) => {
    if (rollouts?.has(rolloutId) === true) return true;
    const promptId = promptOf(rolloutId);
    return promptId !== undefined && prompts.has(promptId);
  };
}

/** Prompts of the rollouts of a run. Two lists of numbers, in the order in which the rows lie, are read faster than rows of two. */
export function promptsOfRun(db: ReadConnection, runId: number): ReadonlyMap<number, number> {
  const list = (name: string): number[] =>
    column<number>(
      db,
      `SELECT ${name} FROM trace_rows WHERE run_id = ? AND prompt_id IS NOT NULL ORDER BY step, group_index, sample_index`,
      runId,
    );
  const promptIds = list("prompt_id");
  return new Map(list("rollout_id").map((id, index) => [id, promptIds[index]!]));
}
