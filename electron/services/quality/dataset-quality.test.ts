// Checks of datasets in a workspace: faults of rows, drafts among them, are found by row; mending is one version that can be undone;
// rows changed since are left alone.

import { afterEach, beforeEach, expect, test } from "vitest";
import type { DraftRecord } from "../../../shared/domain/dataset.ts";
import { plainRecord } from "../../engine/data-quality/testing/planted-rows.ts";
import { undoVersion } from "../../storage/collection-versions.ts";
import type { WriteConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { getQualityCheck, listFindings, listQualityChecks } from "../../storage/quality-checks.ts";
import { openWorkspace } from "../../storage/open-workspace.ts";
import { editDataset } from "../datasets/dataset-edits.ts";
import { datasetPage, summariseDataset } from "../datasets/dataset-views.ts";
import { makeDataset } from "../datasets/make-dataset.ts";
import { checkDataset } from "./check-dataset.ts";
import { fixFindings } from "./fix-findings.ts";

let db: WriteConnection;
let id: CollectionId;
let rowIds: readonly number[];

const draft: DraftRecord = { id: "draft", messages: [{ role: "user", content: "Write about the sea: no label yet." }], tags: {} };

beforeEach(() => {
  db = openWorkspace(":memory:", { create: true });
  id = makeDataset(db, "planted").id as CollectionId;
  // Ids are no keys: three rows have the same.
  const records: DraftRecord[] = [
    plainRecord("same", "Write about the sea without commas."),
    plainRecord("same", "write about the sea, without commas!"),
    { ...plainRecord("same", "List rivers without commas."), expert: { think: "Rivers, no commas.", answer: "Elbe, Rhine" } },
    draft,
    { ...draft, id: "draft-2" },
  ];
  rowIds = editDataset(
    db,
    id,
    records.map((record) => ({ type: "add", record, split: "", source: "" })),
  ).addedRowIds;
});
afterEach(() => db.close());

const texts = (): string[] => datasetPage(db, id, { filter: {} }, { offset: 0, limit: 100 }).rows.map(({ text }) => text);

test("what is found names rows, and is mended as one version that can be undone", async () => {
  const check = await checkDataset(db, { datasetId: id, model: "nano" });
  expect(getQualityCheck(db, check)).toMatchObject({ version: 1, counts: { records: 5, findings: 3, errors: 1, warnings: 2 } });
  const found = listFindings(db, check, {}).map(({ finding }) => [finding.type, ...finding.rows.map(({ key }) => Number(key))]);
  expect(found).toEqual([
    ["exact-duplicate", rowIds[0], rowIds[1]],
    ["exact-duplicate", rowIds[3], rowIds[4]],
    ["failing-demonstration", rowIds[2]],
  ]);
  const before = texts();
  expect(fixFindings(db, check, { fix: 0 })).toEqual({ version: 2, changed: 3, fixed: 3, skipped: 0 });
  expect(texts()).toHaveLength(3);
  expect(summariseDataset(db, id)).toMatchObject({ version: 2, undo: "mend 3 findings" });
  const rows = datasetPage(db, id, { filter: { expert: true } }, { offset: 0, limit: 100 });
  expect(rows.total).toBe(0);
  expect(listFindings(db, check, {}).every(({ fixedIn }) => fixedIn === 2)).toBe(true);
  undoVersion(db, id);
  expect(texts()).toEqual(before);
});

test("only what is chosen is mended, and nothing twice", async () => {
  const check = await checkDataset(db, { datasetId: id });
  expect(fixFindings(db, check, { fix: 0, types: ["exact-duplicate"], positions: [1, 2] })).toMatchObject({ changed: 1, fixed: 1 });
  expect(fixFindings(db, check, { fix: 0, positions: [1] })).toEqual({ version: null, changed: 0, fixed: 0, skipped: 0 });
  expect(fixFindings(db, check, { fix: 5 })).toMatchObject({ fixed: 0 });
  expect(texts()).toHaveLength(4);
});

test("a row that was changed since is left alone", async () => {
  const check = await checkDataset(db, { datasetId: id });
  const record = plainRecord("same", "Something else altogether.");
  editDataset(db, id, [{ type: "set", rowId: rowIds[1] ?? 0, record }]);
  expect(fixFindings(db, check, { fix: 0 })).toMatchObject({ fixed: 2, skipped: 1 });
  expect(texts()).toContain("Something else altogether.");
});

test("a check that is cancelled stores nothing, wherever it is", async () => {
  const atOnce = AbortSignal.abort();
  await expect(checkDataset(db, { datasetId: id }, { signal: atOnce })).rejects.toMatchObject({ code: "cancelled" });
  const later = new AbortController();
  const onProgress = ({ activity }: { readonly activity: string }): void => {
    if (activity !== "reading rows") later.abort();
  };
  await expect(checkDataset(db, { datasetId: id }, { signal: later.signal, onProgress })).rejects.toMatchObject({ code: "cancelled" });
  expect(listQualityChecks(db, id)).toEqual([]);
});
