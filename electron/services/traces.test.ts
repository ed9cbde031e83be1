// Questions to the table against the same questions answered by looking at every row.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addMadeUpRun } from "../../build/bench/made-up-run.ts";
import {
  TRACE_COLUMNS,
  TRACE_COMPOSITIONS,
  TRACE_OUTCOMES,
  VERDICT_STATES,
  traceFilterSchema,
  type TraceColumn,
  type TraceFilter,
  type TraceRow,
  type TraceSort,
} from "../../shared/domain/trace.ts";
import type { Verdict } from "../../shared/domain/verdict.ts";
import { getRolloutNote, setRolloutNote } from "../storage/annotations.ts";
import { run, type ReadConnection, type WriteConnection } from "../storage/connection.ts";
import { listDatasetRecords } from "../storage/datasets.ts";
import type { DatasetId, RolloutId, RunId } from "../storage/ids.ts";
import { getRun } from "../storage/runs.ts";
import { openWorkspace, openWorkspaceReadOnly } from "../storage/open-workspace.ts";
import { getRollout, listRollouts, rolloutPlace } from "../storage/rollouts.ts";
import { findTerms, parseSearchTerms } from "../storage/search-terms.ts";
import { exportChunk, exportToFile } from "./trace-export.ts";
import { scanTraces } from "./trace-scan.ts";
import { superiorCotGroups, superiorCotRun, replayDecision } from "./superior-cot-replay.ts";
import { depthTrend, groupTraces, queryTraces, shownRows, traceFacets, tracePosition } from "./traces.ts";

const folder = mkdtempSync(join(tmpdir(), "raif-traces-"));
let writing: WriteConnection;
let db: ReadConnection;
let runId: RunId;

interface Known {
  readonly row: TraceRow;
  readonly verdicts: readonly Verdict[];
  readonly texts: { readonly prompt: string; readonly reasoning: string; readonly answer: string };
}
let known: readonly Known[];

beforeAll(async () => {
  writing = openWorkspace(join(folder, "workspace.sqlite"), { create: true });
  await addMadeUpRun(writing, 160, () => undefined);
  runId = await addMadeUpRun(writing, 1280, () => undefined);
  db = openWorkspaceReadOnly(writing.name);
  const ids = listRollouts(db, runId).map(({ id }) => id);
  const rows = new Map(shownRows(db, ids).map((row) => [row.rolloutId, row]));
  known = ids.map((id) => {
    const { verdicts, prompt, think, answer } = getRollout(db, id);
    return { row: rows.get(id) as TraceRow, verdicts, texts: { prompt, reasoning: think ?? "", answer: answer ?? "" } };
  });
}, 60_000);
afterAll(() => {
  db.close();
  writing.close();
  rmSync(folder, { recursive: true });
});

const filterOf = (filter: Partial<TraceFilter> = {}): TraceFilter => traceFilterSchema.parse({ runId, ...filter });
const ALL = { offset: 0, limit: 10_000 };

async function idsOf(filter: TraceFilter, sort?: TraceSort): Promise<number[]> {
  const { rows, total, complete } = await queryTraces(db, { filter, sort }, ALL);
  expect([total, complete]).toEqual([rows.length, true]);
  return rows.map(({ rolloutId }) => rolloutId);
}

function expectedIds(filter: TraceFilter, sort?: TraceSort): number[] {
  const passing = known.filter((one) => passes(one, filter)).map(({ row }) => row);
  if (sort !== undefined) passing.sort((a, b) => compared(a, b, sort));
  return passing.map(({ rolloutId }) => rolloutId);
}

const isPass = ({ gate, checksActive, checksPassed }: TraceRow): boolean => gate === "ok" && checksActive === checksPassed;

const OUTCOMES: Readonly<Record<TraceFilter["outcome"], (one: Known) => boolean>> = {
  all: () => true,
  passes: ({ row }) => isPass(row),
  failures: ({ row }) => !isPass(row),
  different: ({ row }) =>
    new Set(known.filter((other) => other.row.groupId === row.groupId && other.row.mode === "think").map((other) => other.row.checkStates))
      .size > 1,
  dropped: ({ row }) => !row.kept,
  truncated: ({ row }) => row.finish === "length",
};

function passes(one: Known, filter: TraceFilter): boolean {
  const { row, verdicts } = one;
  return (
    row.step >= (filter.fromStep ?? 0) &&
    row.step <= (filter.toStep ?? Infinity) &&
    (filter.compositions?.includes(row.composition) ?? true) &&
    (filter.mode ?? row.mode) === row.mode &&
    (filter.depth === undefined || row.depth?.depth === filter.depth) &&
    (filter.recordId ?? row.recordId) === row.recordId &&
    (filter.rule === undefined ||
      verdicts.some(({ ruleId, state }) => ruleId === filter.rule?.id && state === (filter.rule.state ?? state))) &&
    OUTCOMES[filter.outcome](one)
  );
}

const VALUES: Readonly<Record<TraceColumn, (row: TraceRow) => string | number | null>> = {
  step: ({ step }) => step,
  record: ({ recordId }) => recordId,
  composition: ({ composition }) => composition,
  mode: ({ mode }) => mode,
  reward: ({ reward }) => reward,
  format: ({ formatReward }) => formatReward,
  accuracy: ({ accuracyReward }) => accuracyReward,
  checks: ({ checksPassed, checksActive }) => checksPassed / checksActive,
  advantage: ({ advantage }) => advantage,
  length: ({ length }) => length,
  finish: ({ finish }) => finish,
  gate: ({ gate }) => gate,
  kept: ({ kept }) => Number(kept),
  overlap: ({ depth }) => depth?.overlap ?? null,
  named: ({ depth }) => (depth === null ? null : depth.named / depth.constraints),
  checked: ({ depth }) => depth?.checked ?? null,
  revised: ({ depth }) => depth?.revised ?? null,
  depth: ({ depth }) => depth?.depth ?? null,
};

/** Rows without a value last, ties in the order of the run: `known` is in that order and sorting is stable. */
function compared(a: TraceRow, b: TraceRow, { column, descending }: TraceSort): number {
  const [left, right] = [VALUES[column](a), VALUES[column](b)];
  if (left === right) return 0;
  if (left === null || right === null) return left === null ? 1 : -1;
  return (left < right ? -1 : 1) * (descending ? -1 : 1);
}

const filters = fc.record(
  {
    fromStep: fc.nat(9),
    toStep: fc.nat(9),
    compositions: fc.subarray([...TRACE_COMPOSITIONS], { minLength: 1 }),
    mode: fc.constantFrom("think" as const, "empty" as const),
    depth: fc.constantFrom("shallow" as const, "deep" as const),
    outcome: fc.constantFrom(...TRACE_OUTCOMES),
    rule: fc.record(
      {
        id: fc.constantFrom("punctuation:no_comma", "raif:last_word", "keywords:existence", "math"),
        state: fc.constantFrom(...VERDICT_STATES),
      },
      { requiredKeys: ["id"] },
    ),
  },
  { requiredKeys: [] },
);
const sorts = fc.option(fc.record({ column: fc.constantFrom(...TRACE_COLUMNS), descending: fc.boolean() }), { nil: undefined });

test("any filter and any order give the rows that looking at every row gives", async () => {
  await fc.assert(
    fc.asyncProperty(filters, sorts, async (given, sort) => {
      const filter = filterOf(given);
      expect(await idsOf(filter, sort)).toEqual(expectedIds(filter, sort));
    }),
    { numRuns: 80 },
  );
});

test("every column sorts, both ways", async () => {
  for (const column of TRACE_COLUMNS) {
    for (const descending of [false, true]) {
      const sort = { column, descending };
      expect([sort, await idsOf(filterOf(), sort)]).toEqual([sort, expectedIds(filterOf(), sort)]);
    }
  }
});

test("every outcome, record and group is found, and only of the run", async () => {
  for (const outcome of TRACE_OUTCOMES) {
    const ids = await idsOf(filterOf({ outcome }));
    expect(ids).toEqual(expectedIds(filterOf({ outcome })));
    expect(ids.length, outcome).toBeGreaterThan(0);
  }
  const { recordId, groupId } = (known[300] as Known).row;
  expect(await idsOf(filterOf({ recordId }))).toEqual(expectedIds(filterOf({ recordId })));
  expect(await idsOf(filterOf({ groupId }))).toEqual(known.filter(({ row }) => row.groupId === groupId).map(({ row }) => row.rolloutId));
  await expect(queryTraces(db, { filter: filterOf({ runId: 99 }) }, ALL)).rejects.toThrow("there is no run 99");
});

test("parts of the data are chosen by their tags", async () => {
  const records = new Map(listDatasetRecords(db, getRun(db, runId).datasetId as DatasetId).map((record) => [record.id, record]));
  const { slices } = traceFacets(db, runId);
  expect(slices.map(({ tag }) => tag)).toEqual(["checks", "composition", "depth", "source"]);
  for (const { tag, values } of slices) {
    expect(values.reduce((sum, { rollouts }) => sum + rollouts, 0)).toBe(known.length);
    for (const { value, rollouts } of values) {
      const expected = known.filter(({ row }) => String(records.get(row.recordId)?.tags[tag]) === value).map(({ row }) => row.rolloutId);
      expect([tag, value, await idsOf(filterOf({ slice: { tag, value } }))]).toEqual([tag, value, expected]);
      expect(rollouts).toBe(expected.length);
    }
  }
  expect(await idsOf(filterOf({ slice: { tag: "source", value: "elsewhere" } }))).toEqual([]);
});

test("pages are parts of the list, neighbours the rows beside one", async () => {
  const view = { filter: filterOf({ outcome: "failures" }), sort: { column: "reward" as const, descending: true } };
  const ids = await idsOf(view.filter, view.sort);
  const { rows, total } = await queryTraces(db, view, { offset: 40, limit: 25 });
  expect(total).toBe(ids.length);
  expect(rows.map(({ rolloutId }) => rolloutId)).toEqual(ids.slice(40, 65));
  expect(await tracePosition(db, view, ids[40] as number)).toEqual({ index: 40, total: ids.length, previous: ids[39], next: ids[41] });
  expect(await tracePosition(db, view, ids.at(-1) as number)).toMatchObject({ next: null });
  const pass = expectedIds(filterOf({ outcome: "passes" }))[0] as number;
  expect(await tracePosition(db, view, pass)).toEqual({ index: null, total: ids.length, previous: null, next: null });
});

test("a text search finds a row when all its words stand in its prompt or in its response", async () => {
  const scopes = ["prompt", "reasoning", "answer"] as const;
  for (const query of ["garden", "alphabet", '"by the door"', "capit* check", "sailor -lamp", "-the", "nothinglikethis", "*"]) {
    for (const chosen of [[...scopes], ["reasoning" as const], ["answer" as const], ["prompt" as const]]) {
      const { wanted, excluded } = parseSearchTerms(query);
      const has = (texts: readonly string[], term: (typeof wanted)[number]): boolean =>
        texts.some((text) => findTerms(text, [term]).length > 0);
      const expected = known
        .filter(({ texts }) => {
          const response = chosen.filter((scope) => scope !== "prompt").map((scope) => texts[scope]);
          const prompt = chosen.includes("prompt") ? [texts.prompt] : [];
          const all = (places: readonly string[]): boolean => places.length > 0 && wanted.every((term) => has(places, term));
          return (
            wanted.length + excluded.length > 0 &&
            (wanted.length === 0 || all(response) || all(prompt)) &&
            !excluded.some((term) => has([...response, ...prompt], term))
          );
        })
        .map(({ row }) => row.rolloutId);
      const found = await idsOf(filterOf({ search: { type: "text", query, scopes: chosen, matchCase: false } }));
      expect([query, chosen, found]).toEqual([query, chosen, expected]);
    }
  }
});

test("hits are shown with what stands around them", async () => {
  const search = { type: "text" as const, query: "garden", scopes: ["reasoning" as const], matchCase: false };
  const { rows } = await queryTraces(db, { filter: filterOf({ search }) }, { offset: 0, limit: 20 });
  for (const { passage } of rows) expect(passage).toMatch(/\u0001garden\u0002/);
  const regex = { ...search, type: "regex" as const, query: "old\\s+lamp" };
  const found = await queryTraces(db, { filter: filterOf({ search: regex }) }, { offset: 0, limit: 20 });
  expect(found.rows.length).toBeGreaterThan(0);
  for (const { passage } of found.rows) expect(passage).toMatch(/\u0001old lamp\u0002/);
});

test("a regular expression finds what it matches, with and without case", async () => {
  for (const [query, matchCase] of [
    ["check: .*no\\.", true],
    ["^LET ME", false],
    ["^LET ME", true],
    ["\\\\boxed\\{\\d+\\}", true],
  ] as const) {
    const expression = new RegExp(query, matchCase ? "u" : "iu");
    const expected = known
      .filter(({ texts }) => expression.test(texts.reasoning) || expression.test(texts.answer))
      .map(({ row }) => row.rolloutId);
    const search = { type: "regex" as const, query, scopes: ["reasoning" as const, "answer" as const], matchCase };
    expect([query, await idsOf(filterOf({ search }))]).toEqual([query, expected]);
  }
  const broken = { type: "regex" as const, query: "(", scopes: ["answer" as const], matchCase: false };
  await expect(queryTraces(db, { filter: filterOf({ search: broken }) }, ALL)).rejects.toMatchObject({ code: "invalid-argument" });
});

test("an expression that never ends is stopped, by the clock or by the next search", async () => {
  const ids = known.map(({ row }) => row.rolloutId);
  const endless = { workspace: db.name, ids, pattern: "(([a-z ,.:;]+)+)+#$", flags: "", scopes: ["reasoning" as const] };
  expect(await scanTraces(endless, 300)).toMatchObject({ stopped: "time", scanned: 0 });
  const search = { type: "regex" as const, query: endless.pattern, scopes: endless.scopes, matchCase: true };
  const first = queryTraces(db, { filter: filterOf({ search }) }, ALL, "page");
  const cancelled = expect(first).rejects.toMatchObject({ code: "cancelled" });
  await queryTraces(db, { filter: filterOf({ outcome: "passes" }) }, ALL, "page");
  await cancelled;
});

test("put together by prompt, every row is in one group", async () => {
  const filter = filterOf({ outcome: "failures" });
  for (const by of ["group", "record"] as const) {
    const { groups, total } = await groupTraces(db, { filter }, by, ALL);
    expect(groups).toHaveLength(total);
    expect(groups.flatMap(({ rolloutIds }) => rolloutIds).sort((a, b) => a - b)).toEqual(expectedIds(filter));
    for (const group of groups.slice(0, 20)) {
      const own = known.filter(({ row }) => (by === "group" ? row.groupId === group.groupId : row.recordId === group.recordId));
      const matching = own.filter((one) => passes(one, filter)).map(({ row }) => row.reward);
      expect(group).toMatchObject({
        samples: own.length,
        matching: matching.length,
        rewardMin: Math.min(...matching),
        rewardMax: Math.max(...matching),
        passes: 0,
      });
      expect(group.rewardMean).toBeCloseTo(matching.reduce((sum, reward) => sum + reward, 0) / matching.length, 10);
      expect(own[0]?.texts.prompt.replace(/\s+/g, " ")).toContain(group.promptStart);
      expect(group.promptStart).not.toContain("<|im_start|>");
    }
  }
});

test("the filter panel counts what the filters find", async () => {
  const facets = traceFacets(db, runId);
  expect(facets).toMatchObject({ rollouts: known.length, firstStep: 1, lastStep: 8 });
  for (const { value, rollouts } of facets.outcomes)
    expect([value, rollouts]).toEqual([value, (await idsOf(filterOf({ outcome: value }))).length]);
  for (const { value, rollouts } of facets.compositions) expect(rollouts).toBe((await idsOf(filterOf({ compositions: [value] }))).length);
  const verdicts = known.flatMap((one) => one.verdicts);
  expect(facets.rules.map(({ ruleId }) => ruleId).sort()).toEqual([...new Set(verdicts.map(({ ruleId }) => ruleId))].sort());
  for (const rule of facets.rules) {
    for (const state of VERDICT_STATES)
      expect(rule[state]).toBe(verdicts.filter((verdict) => verdict.ruleId === rule.ruleId && verdict.state === state).length);
  }
});

test("depth over steps is the mean of its rows", () => {
  const trend = depthTrend(db, runId);
  expect(trend.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  const rows = known.map(({ row }) => row).filter(({ step, depth }) => step === 5 && depth !== null);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(trend[4]?.rollouts).toBe(rows.length);
  expect(trend[4]?.deepShare).toBeCloseTo(mean(rows.map(({ depth }) => Number(depth?.depth === "deep"))), 10);
  expect(trend[4]?.checked).toBeCloseTo(mean(rows.map(({ depth }) => depth?.checked ?? 0)), 10);
  expect(trend[4]?.accuracy).toBeCloseTo(mean(rows.map((row) => Number(isPass(row)))), 10);
});

test("a replay at the run's own threshold decides as the run did", () => {
  const { rows, total } = superiorCotGroups(db, runId, { threshold: 0, show: "all", ...ALL });
  expect(total).toBe(8 * 16);
  for (const group of rows) expect([group, replayDecision(group, 0, false)]).toEqual([group, group.kept]);
  expect(rows.filter(({ kept }) => !kept).length).toBeGreaterThan(0);
  expect(superiorCotGroups(db, runId, { threshold: 0, show: "changed", ...ALL }).total).toBe(0);
  const stricter = superiorCotGroups(db, runId, { threshold: 2, show: "changed", ...ALL }).rows;
  expect(stricter.length).toBeGreaterThan(0);
  for (const { kept, margin } of stricter) expect(kept && margin !== null && margin < 2).toBe(true);
  const run = superiorCotRun(db, runId);
  for (const { step, margins, notCompared, storedKeepRatio } of run.steps) {
    const own = rows.filter((group) => group.step === step);
    expect(storedKeepRatio).toBe((notCompared + margins.filter((margin) => margin >= 0).length) / own.length);
    expect(storedKeepRatio).toBe(known.filter(({ row }) => row.step === step && row.sampleIndex === 0 && row.kept).length / own.length);
  }
});

test("an answer is given anew when a note is written, and when steps go", async () => {
  const filter = filterOf({ annotated: true });
  expect(await idsOf(filter)).toEqual([]);
  const id = (known[7] as Known).row.rolloutId;
  const place = rolloutPlace(db, id as RolloutId);
  setRolloutNote(writing, place, { vote: 1, comment: "well said" });
  expect(await idsOf(filter)).toEqual([id]);
  expect(getRolloutNote(db, place)).toEqual({ vote: 1, comment: "well said" });
  setRolloutNote(writing, place, { vote: 0, comment: " " });
  expect(await idsOf(filter)).toEqual([]);
  const before = await idsOf(filterOf());
  run(writing, "BEGIN");
  run(writing, "DELETE FROM steps WHERE run_id = ? AND step = 8", runId);
  expect(await idsOf(filterOf())).toEqual(before);
  run(writing, "ROLLBACK");
});

test("an export holds what is shown, whole or in pieces", async () => {
  const view = { filter: filterOf({ outcome: "truncated" }) };
  const ids = expectedIds(view.filter);
  for (const format of ["jsonl", "csv", "html"] as const) {
    let text = "";
    for (let offset: number | null = 0; offset !== null;) {
      const piece: Awaited<ReturnType<typeof exportChunk>> = await exportChunk(db, view, format, { offset, limit: 7 });
      text += piece.text;
      offset = piece.nextOffset;
    }
    const path = join(folder, `traces.${format}`);
    expect(await exportToFile(db, view, format, path)).toEqual({ path, rows: ids.length, bytes: Buffer.byteLength(text) });
    expect(readFileSync(path, "utf8")).toBe(text);
    if (format === "jsonl") {
      const lines = text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as { readonly reasoning: string; readonly verdicts: readonly Verdict[] });
      const expected = known.filter(({ row }) => ids.includes(row.rolloutId));
      expect(lines.map(({ reasoning, verdicts }) => [reasoning, verdicts])).toEqual(
        expected.map(({ texts, verdicts }) => [texts.reasoning, verdicts]),
      );
    }
    if (format === "html") {
      expect(text.match(/<tr>/g)).toHaveLength(ids.length + 1);
      expect(text).not.toMatch(/<(?!\/?(?:html|meta|title|style|table|thead|tbody|tr|th|td)\b|!doctype)/);
    }
  }
  await expect(exportToFile(db, view, "csv", join(folder, "nowhere", "x.csv"))).rejects.toMatchObject({ code: "invalid-argument" });
});
