// What the traces page shows, as it stands in its address: filter, order, grouping, columns. Reading an address never fails; what
// makes no sense in it is left out.

import type { QueryChanges, QueryParameters } from "../../lib/routes.ts";
import {
  SEARCH_SCOPES,
  TRACE_COLUMNS,
  TRACE_COMPOSITIONS,
  TRACE_OUTCOMES,
  VERDICT_STATES,
  type TraceColumn,
  type TraceFilter,
  type TraceSort,
} from "../../../shared/domain/trace.ts";

export interface TraceView {
  /** undefined: the newest run with rollouts. */
  readonly runId: number | undefined;
  readonly filter: Omit<TraceFilter, "runId">;
  readonly sort: TraceSort | undefined;
  /** Rows of their own, or put together by prompt within a step or over steps. */
  readonly by: "none" | "group" | "record";
}

function oneOf<Value extends string>(values: readonly Value[], text: string | undefined): Value | undefined {
  return values.find((value) => value === text);
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

export function readView(query: QueryParameters): TraceView {
  const compositions = (query["kind"] ?? "").split(",").flatMap((text) => oneOf(TRACE_COMPOSITIONS, text) ?? []);
  const scopes = (query["in"] ?? "").split(",").flatMap((text) => oneOf(SEARCH_SCOPES, text) ?? []);
  const [ruleId = "", ruleState] = (query["rule"] ?? "").split("!");
  const state = oneOf(VERDICT_STATES, ruleState);
  const sortColumn = oneOf(TRACE_COLUMNS, query["sort"]?.replace(/^-/, ""));
  const mode = oneOf(["think", "empty"] as const, query["mode"]);
  const depth = oneOf(["shallow", "deep"] as const, query["depth"]);
  const from = wholeNumber(query["from"]);
  const to = wholeNumber(query["to"]);
  const group = wholeNumber(query["group"]);
  const search = query["find"] ?? "";
  return {
    runId: wholeNumber(query["run"]),
    filter: {
      outcome: oneOf(TRACE_OUTCOMES, query["show"]) ?? "all",
      annotated: query["noted"] === "1",
      ...(from === undefined ? {} : { fromStep: from }),
      ...(to === undefined ? {} : { toStep: to }),
      ...(compositions.length === 0 ? {} : { compositions }),
      ...(ruleId === "" ? {} : { rule: { id: ruleId, ...(state === undefined ? {} : { state }) } }),
      ...(mode === undefined ? {} : { mode }),
      ...(depth === undefined ? {} : { depth }),
      ...(query["record"] === undefined || query["record"] === "" ? {} : { recordId: query["record"] }),
      ...(query["tag"] === undefined || query["tag"] === "" ? {} : { slice: { tag: query["tag"], value: query["is"] ?? "" } }),
      ...(group === undefined || group === 0 ? {} : { groupId: group }),
      ...(search.trim() === ""
        ? {}
        : {
            search: {
              type: query["regex"] === "1" ? "regex" : "text",
              query: search,
              scopes: scopes.length === 0 ? [...SEARCH_SCOPES] : scopes,
              matchCase: query["case"] === "1",
            },
          }),
    },
    sort: sortColumn === undefined ? undefined : { column: sortColumn, descending: query["sort"]?.startsWith("-") === true },
    by: oneOf(["group", "record"] as const, query["by"]) ?? "none",
  };
}

/** The address's parameters for a view; parameters of defaults are left out. */
export function writeView({ runId, filter, sort, by }: TraceView): QueryChanges {
  const { search } = filter;
  return {
    run: runId,
    show: filter.outcome === "all" ? undefined : filter.outcome,
    noted: filter.annotated,
    from: filter.fromStep,
    to: filter.toStep,
    kind: filter.compositions?.join(","),
    rule:
      filter.rule === undefined ? undefined : [filter.rule.id, ...(filter.rule.state === undefined ? [] : [filter.rule.state])].join("!"),
    mode: filter.mode,
    depth: filter.depth,
    record: filter.recordId,
    tag: filter.slice?.tag,
    is: filter.slice?.value,
    group: filter.groupId,
    find: search?.query,
    regex: search?.type === "regex",
    case: search?.matchCase === true,
    in: search === undefined || search.scopes.length === SEARCH_SCOPES.length ? undefined : search.scopes.join(","),
    sort: sort === undefined ? undefined : `${sort.descending ? "-" : ""}${sort.column}`,
    by: by === "none" ? undefined : by,
  };
}

/** What a click on a column's head does: first the more telling direction, then the other, then the table's own order. */
export function nextSort(sort: TraceSort | undefined, column: TraceColumn): TraceSort | undefined {
  const descendingFirst = !["record", "composition", "mode", "finish", "gate", "step"].includes(column);
  if (sort?.column !== column) return { column, descending: descendingFirst };
  return sort.descending === descendingFirst ? { column, descending: !descendingFirst } : undefined;
}

/** How many parts of the filter are set, for the button that clears them. */
export function filterParts({ outcome, annotated, ...others }: TraceView["filter"]): number {
  return Object.values(others).filter((value) => value !== undefined).length + (outcome === "all" ? 0 : 1) + (annotated ? 1 : 0);
}
