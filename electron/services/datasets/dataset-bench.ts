// How fast datasets are here: taking in a file of JSON lines, answering filters, facets, searches and sorts over all of its rows, and checking
// answers to many of them.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatasetFilter, DatasetSort } from "../../../shared/domain/dataset.ts";
import { isWorkbenchError } from "../../../shared/errors.ts";
import type { ReadConnection, WriteConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { openWorkspace } from "../../storage/open-workspace.ts";
import { checkAnswers } from "./check-answers.ts";
import { editDataset } from "./dataset-edits.ts";
import { datasetFacets } from "./dataset-facets.ts";
import { datasetPage, datasetRowIds } from "./dataset-views.ts";
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
  /** Answers from a file, each checked in both readings of its row's rules. */
  readonly answers: number;
  readonly answersPerSecond: number;
  /** From asking a check to stop, in its middle, to its end. */
  readonly cancelMs: number;
  readonly peakRssBytes: number;
}

const PAGE = { offset: 0, limit: 100 };
const MOST_ANSWERS = 10_000;
const ANSWER_WORDS = 60;
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
    const answers = await benchmarkAnswers(db, folder, Math.min(rows, MOST_ANSWERS));
    db.close();
    return {
      rows,
      importRowsPerSecond: (1000 * rows) / importMs,
      firstQuestionMs,
      questions: times.length,
      medianMs: quantile(times, 0.5),
      p95Ms: quantile(times, 0.95),
      afterEditMs,
      ...answers,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function benchmarkAnswers(
  db: WriteConnection,
  folder: string,
  count: number,
): Promise<Pick<DatasetBenchResult, "answers" | "answersPerSecond" | "cancelMs">> {
  const records = Array.from({ length: count }, (_, n) => madeUpRecord(n));
  const rows = join(folder, "checked.jsonl");
  writeFileSync(rows, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
  const { id: datasetId } = makeDataset(db, "checked");
  await importFiles(db, datasetId as CollectionId, { path: rows });
  const path = join(folder, "answers.jsonl");
  writeFileSync(path, records.map(({ id }, n) => `${JSON.stringify({ id, answer: madeUpAnswer(n) })}\n`).join(""));
  const request = { datasetId, filter: {}, path };
  let checked = 0;
  const takesMs = await timed(async () => (checked = (await checkAnswers(db, request)).answers));
  const stop = new AbortController();
  let askedMs = 0;
  const onProgress = (done: number, total: number): void => {
    if (done < total / 2 || stop.signal.aborted) return;
    askedMs = performance.now();
    stop.abort();
  };
  await checkAnswers(db, request, { signal: stop.signal, onProgress }).catch((error: unknown) => {
    if (!isWorkbenchError(error, "cancelled")) throw error;
  });
  return { answers: checked, answersPerSecond: (1000 * checked) / takesMs, cancelMs: performance.now() - askedMs };
}

function madeUpAnswer(n: number): string {
  const words = "the river runs past a garden where two old friends keep letters in a candle box and wait for winter".split(" ");
  return Array.from({ length: ANSWER_WORDS }, (_, step) => words[(n + step * 3) % words.length]).join(" ");
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
