import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { insert, run } from "./connection.ts";
import { checkIntegrity, checkSearchIndex } from "./integrity.ts";
import { openWorkspace } from "./open-workspace.ts";
import { createRun } from "./runs.ts";
import { recordStep } from "./steps.ts";
import { temporaryFolder } from "./testing/child.ts";
import { SAMPLE_RUN, sampleStep } from "./testing/sample-run.ts";

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

test("a sound workspace is sound to a connection that knows the search index as it was before another one wrote", () => {
  const path = join(folder.path, "workspace.raif");
  const writer = openWorkspace(path, { create: true });
  const runId = createRun(writer, SAMPLE_RUN).id;
  recordStep(writer, sampleStep(runId, 1));
  const reader = openWorkspace(path);
  expect(checkIntegrity(reader)).toEqual([]);
  // Enough commits for the index's segments to be merged, and the merged ones dropped.
  for (let step = 2; step <= 20; step++) recordStep(writer, sampleStep(runId, step));
  expect(checkIntegrity(reader)).toEqual([]);
  reader.close();
  writer.close();
});

test("a text that the search index does not hold, and a reference to nothing, are found", () => {
  const db = openWorkspace(join(folder.path, "workspace.raif"), { create: true });
  const runId = createRun(db, SAMPLE_RUN).id;
  recordStep(db, sampleStep(runId, 1));
  db.pragma("foreign_keys = OFF");
  insert(db, "INSERT INTO group_prompts (group_id, mode, prompt, token_ids) VALUES (999, 'think', 'Nobody asked.', x'')");
  run(db, "INSERT INTO prompts_fts (prompts_fts) VALUES ('delete-all')");
  expect(checkIntegrity(db)).toEqual([expect.stringContaining("group_prompts refers to a missing row of groups")]);
  expect(checkSearchIndex(db)).toEqual([expect.stringContaining("prompts_fts")]);
  db.close();
});
