// How fast datasets are here: taking in a file of JSON lines, and answering filters, facets, searches and sorts over all of its rows.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatasetFilter, DatasetSort } from "../../../shared/domain/dataset.ts";
import type { ReadConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { openWorkspace } from "../../storage/open-workspace.ts";
import { editDataset } from "./dataset-edits.ts";
import { datasetFacets, datasetPage, datasetRowIds } from "./dataset-views.ts";
import { importFiles } from "./import-files.ts";
import { madeUpRecord } from "./made-up-records.ts";
import { makeDataset } from "./make-dataset.ts";

export interface DatasetBenchOptions {
  readonly rows?: number;
}

export interface DatasetBenchResult {
  readonly rows: number;
  readonly importRowsPerSecond: number;
  /** The first question of a process, which reads the columns. */
  readonly firstQuestionMs: number;
  readonly questions: number;
  readonly medianMs: number;
  /** 95 % of the questions take at most this long. */
  readonly p95Ms: number;
  /** After one row was changed. */
  readonly afterEditMs: number;
  readonly peakRssBytes: number;
}

const PAGE = { offset: 0, limit: 100 };
const SEARCHES = ["river", "letter market", "garden -bridge", '"about a cloud"', "number 4*", "河流"];
const FILTERS: readonly DatasetFilter[] = [
  { compositions: ["nested"] },
  { rules: ["punctuation:no_comma"], expert: true },
  { tags: ["source=odd"], minLength: 60 },
  { languages: ["zh"], depths: [0, 1] },
];
const SORTS: readonly DatasetSort[] = [
  { column: "length", descending: true },
  { column: "id", descending: false },
  { column: "composition", descending: false },
];

/** Each round asks everything once; no answer is one that is remembered. */
export async function benchmarkDatasets(rounds: number, { rows = 100_000 }: DatasetBenchOptions = {}): Promise<DatasetBenchResult> {
  const folder = mkdtempSync(join(tmpdir(), "raif-dataset-bench-"));
  try {
    const file = join(folder, "rows.jsonl");
    writeFileSync(file, Array.from({ length: rows }, (_, n) => `${JSON.stringify(madeUpRecord(n))}\n`).join(""));
    const db = openWorkspace(join(folder, "workspace.raif"), { create: true });
    const id = makeDataset(db, "bench").id as CollectionId;
    const importMs = await timed(() => importFiles(db, id, { path: file }));
    const firstQuestionMs = await timed(() => datasetFacets(db, id, {}));
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) for (const question of questions(db, id, round)) times.push(await timed(question));
    times.sort((a, b) => a - b);
    editDataset(db, id, [{ type: "set", rowId: 1, split: "edited" }]);
    const afterEditMs = await timed(() => datasetPage(db, id, { filter: { compositions: ["and"] } }, PAGE));
    db.close();
    return {
      rows,
      importRowsPerSecond: (1000 * rows) / importMs,
      firstQuestionMs,
      questions: times.length,
      medianMs: quantile(times, 0.5),
      p95Ms: quantile(times, 0.95),
      afterEditMs,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A part that is new in every round keeps an answer from being remembered. */
function* questions(db: ReadConnection, id: CollectionId, round: number): Generator<() => unknown> {
  const unlike = { maxLength: 100_000 + round };
  for (const search of SEARCHES) {
    const filter = { search, ...unlike };
    yield () => datasetPage(db, id, { filter }, PAGE);
    yield () => datasetFacets(db, id, filter);
  }
  for (const part of FILTERS) {
    const filter = { ...part, ...unlike };
    yield () => datasetPage(db, id, { filter }, PAGE);
    yield () => datasetFacets(db, id, filter);
    yield () => datasetRowIds(db, id, { ...filter, search: "river" });
  }
  for (const sort of SORTS) yield () => datasetPage(db, id, { filter: unlike, sort }, PAGE);
}

async function timed(body: () => unknown): Promise<number> {
  const startMs = performance.now();
  await body();
  return performance.now() - startMs;
}

/** Of sorted values. */
function quantile(values: readonly number[], share: number): number {
  return values[Math.min(values.length - 1, Math.ceil(values.length * share) - 1)] ?? 0;
}
