import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { workspaceDigest } from "../../electron/storage/digest.ts";
import { checkIntegrity } from "../../electron/storage/integrity.ts";
import type { RunId } from "../../electron/storage/ids.ts";
import { openWorkspace } from "../../electron/storage/open-workspace.ts";
import { traceFacets } from "../../electron/services/traces.ts";
import { addMadeUpRun } from "./made-up-run.ts";
import { measureTraceLatencies } from "./trace-latencies.ts";

const folder = mkdtempSync(join(tmpdir(), "raif-made-up-"));
const file = join(folder, "first.sqlite");
let runId: RunId;
beforeAll(async () => {
  const db = openWorkspace(file, { create: true });
  runId = await addMadeUpRun(db, 480, () => undefined);
  db.close();
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

test("is the same every time, whole, and has something of everything", async () => {
  const [first, second] = [openWorkspace(file), openWorkspace(":memory:")];
  const again = await addMadeUpRun(second, 480, () => undefined);
  expect(workspaceDigest(second, again)).toEqual(workspaceDigest(first, runId));
  expect(checkIntegrity(first)).toEqual([]);
  const facets = traceFacets(first, runId);
  expect(facets.rollouts).toBe(480);
  for (const { value, rollouts } of facets.outcomes) expect([value, rollouts > 0]).toEqual([value, true]);
  expect(facets.compositions.map(({ value }) => value).sort()).toEqual(["and", "chain", "maths", "nested", "selection", "single"]);
  first.close();
  second.close();
});

test("every question is measured and none fails", async () => {
  const measured = await measureTraceLatencies(file);
  expect(measured.map(({ question }) => question)).toContain("full-text search");
  for (const { question, asked, p50Ms, p95Ms, slowestMs } of measured) {
    expect(asked, question).toBeGreaterThan(0);
    expect(p50Ms <= p95Ms && p95Ms <= slowestMs, question).toBe(true);
  }
});
