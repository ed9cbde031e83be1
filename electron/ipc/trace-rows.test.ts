// Workspaces of the version before the table of traces, asked through the calls of a host.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { TracePage } from "../../shared/domain/trace.ts";
import type { Result } from "../../shared/result.ts";
import { allRows, run } from "../storage/connection.ts";
import { MIGRATIONS } from "../storage/migrations/migrations.ts";
import { openWorkspace } from "../storage/open-workspace.ts";
import { createRun } from "../storage/runs.ts";
import { recordStep } from "../storage/steps.ts";
import { SAMPLE_RUN, sampleStep } from "../storage/testing/sample-run.ts";
import { allHandlers } from "./all-handlers.ts";
import { createDispatch, type Dispatch } from "./dispatch.ts";
import type { HostContext } from "./host-context.ts";
import { openWorkspaces, type Workspaces } from "./workspaces.ts";

let folder: string;
let opened: Workspaces[] = [];
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "raif-rows-"))));
afterEach(() => {
  for (const workspaces of opened) workspaces.close();
  opened = [];
  rmSync(folder, { recursive: true });
});

/** 25 steps of 12 rollouts whose rows nobody has made. */
function olderWorkspace(name: string): string {
  const db = openWorkspace(join(folder, name), { create: true });
  const { id } = createRun(db, SAMPLE_RUN);
  for (let step = 1; step <= 25; step++) recordStep(db, sampleStep(id, step));
  const { name: path } = db;
  db.close();
  return path;
}

/** The same content as a version that knew only the first migrations has it. */
function asOlderVersion(path: string, name: string, migrations: number): string {
  const db = openWorkspace(join(folder, name), { create: true, migrations: MIGRATIONS.slice(0, migrations) });
  run(db, "PRAGMA foreign_keys = OFF");
  run(db, "ATTACH ? AS newer", path);
  const tables = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE '%fts%' AND name NOT LIKE 'sqlite%'";
  for (const { name: table } of allRows<{ name: string }>(db, tables)) {
    const columns = allRows<{ name: string }>(db, `SELECT name FROM pragma_table_info('${table}', 'main')`).map((column) => column.name);
    run(db, `INSERT OR REPLACE INTO main.${table} (${columns.join(", ")}) SELECT ${columns.join(", ")} FROM newer.${table}`);
  }
  const { name: older } = db;
  db.close();
  return older;
}

function hostOn(path: string): { readonly dispatch: Dispatch; readonly workspaces: Workspaces } {
  const workspaces = openWorkspaces(path);
  opened.push(workspaces);
  const context = {
    get workspace() {
      return workspaces.shown();
    },
    workspaces,
    publish: () => undefined,
  } as unknown as HostContext;
  const onBug = (name: string, error: unknown): never => {
    throw new Error(`bug in ${name}`, { cause: error });
  };
  return { dispatch: createDispatch(allHandlers, context, onBug), workspaces };
}

const QUERY = { filter: { runId: 1 }, limit: 500 };

test("rows of older steps are made at the first question", async () => {
  const { dispatch } = hostOn(asOlderVersion(olderWorkspace("newer.sqlite"), "old.sqlite", 2));
  const answer = (await dispatch("traces.query", QUERY)) as Result<TracePage>;
  expect(answer).toMatchObject({ ok: true, value: { total: 25 * 12, complete: true } });
  expect(await dispatch("traces.get", { rolloutId: 1 })).toMatchObject({ ok: true, value: { row: { rolloutId: 1, composition: "and" } } });
});

test("questions about one trace, depth, the filter and panes make them too", async () => {
  const panes = [1, 2].map((step) => ({ type: "run", runId: 1, step, mode: "think" }));
  for (const [name, input] of [
    ["traces.get", { rolloutId: 5 }],
    ["traces.depthTrend", { runId: 1 }],
    ["superiorCot.run", { runId: 1 }],
    ["compare.choices", {}],
    ["compare.get", { panes, recordId: "record-0" }],
  ] as const) {
    const { dispatch } = hostOn(olderWorkspace(`${name}.sqlite`));
    expect([name, await dispatch(name, input)]).toMatchObject([name, { ok: true }]);
  }
});

test("a file that is only looked at is not written to, and it is said what to do", async () => {
  const { dispatch, workspaces } = hostOn(join(folder, "own.sqlite"));
  workspaces.showReadOnly(olderWorkspace("foreign.sqlite"));
  expect(await dispatch("traces.query", QUERY)).toMatchObject({
    ok: false,
    error: { code: "read-only", details: { hint: expect.stringContaining("Import") as string } },
  });
});

test("a note outlives the rollout it is about", async () => {
  const { dispatch, workspaces } = hostOn(olderWorkspace("notes.sqlite"));
  await dispatch("annotations.setTrace", { rolloutId: 300, vote: -1, comment: "wrong count" });
  workspaces.own.write((db) => {
    db.prepare("DELETE FROM steps WHERE step = 25").run();
    recordStep(db, sampleStep(1 as never, 25));
  });
  const page = (await dispatch("traces.query", { filter: { runId: 1, annotated: true } })) as { readonly value: TracePage };
  expect(page.value.rows).toMatchObject([{ step: 25, groupIndex: 2, sampleIndex: 3, vote: -1, hasComment: true }]);
});
