import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SEARCH_SCOPES, TRACE_COLUMNS, TRACE_COMPOSITIONS, TRACE_OUTCOMES, VERDICT_STATES } from "../../../shared/domain/trace.ts";
import { parseHash, queryText } from "../../lib/routes.ts";
import { filterParts, nextSort, readView, writeView, type TraceView } from "./trace-view.ts";

const steps = fc.integer({ min: 0, max: 5000 });
const views: fc.Arbitrary<TraceView> = fc.record({
  runId: fc.option(fc.integer({ min: 1, max: 9999 }), { nil: undefined }),
  filter: fc.record(
    {
      outcome: fc.constantFrom(...TRACE_OUTCOMES),
      annotated: fc.boolean(),
      fromStep: steps,
      toStep: steps,
      compositions: fc.uniqueArray(fc.constantFrom(...TRACE_COMPOSITIONS), { minLength: 1 }),
      rule: fc.record(
        { id: fc.constantFrom("keywords:existence", "length_constraints:number_words"), state: fc.constantFrom(...VERDICT_STATES) },
        { requiredKeys: ["id"] },
      ),
      mode: fc.constantFrom("think", "empty"),
      depth: fc.constantFrom("shallow", "deep"),
      recordId: fc.string({ minLength: 1 }),
      slice: fc.record({ tag: fc.string({ minLength: 1 }), value: fc.string() }),
      groupId: fc.integer({ min: 1, max: 9999 }),
      search: fc.record({
        type: fc.constantFrom("text", "regex"),
        query: fc.string({ minLength: 1 }).filter((text) => text.trim() !== ""),
        scopes: fc.uniqueArray(fc.constantFrom(...SEARCH_SCOPES), { minLength: 1 }),
        matchCase: fc.boolean(),
      }),
    },
    { requiredKeys: ["outcome", "annotated"] },
  ),
  sort: fc.option(fc.record({ column: fc.constantFrom(...TRACE_COLUMNS), descending: fc.boolean() }), { nil: undefined }),
  by: fc.constantFrom("none", "group", "record"),
});

/** The order of scopes means nothing once all are there. */
function normal(view: TraceView): TraceView {
  const { search } = view.filter;
  if (search === undefined || search.scopes.length < SEARCH_SCOPES.length) return view;
  return { ...view, filter: { ...view.filter, search: { ...search, scopes: [...SEARCH_SCOPES] } } };
}

describe("a view of the traces", () => {
  test("an address reopens the same view", () => {
    fc.assert(
      fc.property(views, (view) => {
        const query = parseHash(`#/traces${queryText(writeView(view))}`)?.query ?? {};
        expect(readView(query)).toEqual(normal(view));
      }),
    );
  });

  test("nonsense in an address is left out", () => {
    const view = readView({ run: "x", show: "best", from: "-3", kind: "and,or", rule: "a!maybe", sort: "-beauty", by: "moon", find: "  " });
    expect(view).toEqual({
      runId: undefined,
      filter: { outcome: "all", annotated: false, compositions: ["and"], rule: { id: "a" } },
      sort: undefined,
      by: "none",
    });
    expect(filterParts(view.filter)).toBe(2);
  });

  test("a column's head goes through both directions and back", () => {
    const first = nextSort(undefined, "reward");
    expect(first).toEqual({ column: "reward", descending: true });
    const second = nextSort(first, "reward");
    expect(second).toEqual({ column: "reward", descending: false });
    expect(nextSort(second, "reward")).toBeUndefined();
    expect(nextSort(second, "step")).toEqual({ column: "step", descending: false });
  });
});
