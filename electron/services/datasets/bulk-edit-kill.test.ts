// A bulk edit of 50,000 rows that is killed at any moment: the workspace reopens whole, at the state before or after it.

import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { CollectionId } from "../../storage/ids.ts";
import { checkIntegrity } from "../../storage/integrity.ts";
import { openWorkspace } from "../../storage/open-workspace.ts";
import { ended, startChild, temporaryFolder } from "../../storage/testing/child.ts";
import { datasetFacets, datasetPage } from "./dataset-views.ts";
import { makeDataset } from "./make-dataset.ts";
import { bulkEditDataset } from "./dataset-edits.ts";
import { madeUpRecord } from "./made-up-records.ts";

const CHILD = new URL("./testing/bulk-edit-child.ts", import.meta.url);
const ROWS = 50_000;
const KILLS = 2;
const folder = temporaryFolder();
afterAll(folder.remove);

/** How long the edit took, or undefined where it was killed. */
async function edit(path: string, killAfterMs: number): Promise<number | undefined> {
  const child = startChild(CHILD, path);
  let startMs = 0;
  let doneMs: number | undefined;
  child.stdout.on("data", (chunk: Buffer) => {
    const said = chunk.toString();
    if (said.includes("start")) {
      startMs = performance.now();
      if (killAfterMs < Infinity) setTimeout(() => child.kill("SIGKILL"), killAfterMs);
    }
    if (said.includes("done")) doneMs = performance.now() - startMs;
  });
  await ended(child);
  return doneMs;
}

test("SIGKILL in the middle of a bulk edit leaves the state before or after it, and the edit can be done again", async () => {
  const original = join(folder.path, "original.raif");
  const made = openWorkspace(original, { create: true });
  const records = Array.from({ length: ROWS }, (_, n) => ({
    id: `row-${n}`,
    messages: [{ role: "user" as const, content: `ask ${n}` }],
    label: madeUpRecord(0).label as never,
    tags: {},
  }));
  makeDataset(made, "large", { source: "made up", records });
  // As it is left, without SQLite's statistics: a dataset that was just imported has none.
  made.close();
  const outcomes: string[] = [];
  const whole = join(folder.path, "whole.raif");
  copyFileSync(original, whole);
  const takesMs = (await edit(whole, Infinity)) ?? 1000;
  for (let kill = 0; kill < KILLS; kill++) {
    const path = join(folder.path, `killed-${kill}.raif`);
    copyFileSync(original, path);
    await edit(path, takesMs * ((kill + 0.5 + Math.random() / 2) / KILLS));
    const db = openWorkspace(path);
    const id = 1 as CollectionId;
    const { version, total, tags } = datasetFacets(db, id, {});
    expect(total).toBe(ROWS);
    expect(tags).toEqual(version === 1 ? [] : [{ value: "edited", rows: ROWS }]);
    expect([1, 2]).toContain(version);
    outcomes.push(version === 1 ? "before" : "after");
    expect(checkIntegrity(db)).toEqual([]);
    if (kill === 0 && version === 1) {
      expect(bulkEditDataset(db, id, { type: "filter", filter: {} }, { type: "tags", add: ["edited"], remove: [] })).toMatchObject({
        version: 2,
        changed: ROWS,
      });
      expect(datasetPage(db, id, { filter: { tags: ["edited"] } }, { offset: 49_999, limit: 1 }).rows[0]?.id).toBe("row-49999");
    }
    db.close();
  }
  console.log(`bulk edit of ${ROWS} rows: ${takesMs.toFixed(0)} ms; killed: ${outcomes.join(", ")}`);
  expect(outcomes).toContain("before");
});
