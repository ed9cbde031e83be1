// Data for pages that would be empty in a new workspace: a dataset with something wrong in it, looked at and checked; a synthesis that is
// done; an instruction that is only begun. Made through the workbench's own calls, once a workspace.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "playwright";
import { callFrom } from "./call-from.ts";

export interface PageData {
  /** With flaws, checked. */
  readonly flawedId: number;
  /** Job that checked its demonstrations. */
  readonly answersJob: number;
  /** An instruction of depth 3 with linked words. */
  readonly nestedRow: number;
  /** An instruction without words. */
  readonly newRow: number;
  readonly synthesisId: number;
  /** Of an unknown layout. */
  readonly strangeFile: string;
}

export const FLAWED_NAME = "Rivers, with flaws";

const rule = (id: string, kwargs: object, key?: string) => ({ type: "rule", id, kwargs, ...(key === undefined ? {} : { key }) });
const words = (relation: string, count: number, key?: string) =>
  rule("length_constraints:number_words", { relation, num_words: count }, key);
const NO_COMMA = rule("punctuation:no_comma", {}, "c1");

function record(id: string, text: string, tree: object, more: object = {}): object {
  return { id, messages: [{ role: "user", content: text }], label: { type: "tree", mode: "corrected", tree }, ...more };
}

const NESTED = {
  type: "and",
  children: [
    {
      type: "selection",
      branches: [
        {
          when: rule("length_constraints:number_words", { relation: "less than", num_words: 20 }),
          then: { type: "chain", steps: [rule("keywords:existence", { keywords: ["river"] }, "c2"), words("at least", 12, "c3")] },
        },
      ],
      otherwise: { type: "question", text: "Is the answer a summary of the text?", key: "c4" },
    },
    NO_COMMA,
  ],
};

const RECORDS: readonly object[] = [
  record(
    "nested",
    "Read the text. If it has fewer than 20 words, name the river first and then write at least 12 words about it. Otherwise summarise it. Write without commas.",
    NESTED,
    {
      input: "The river rises in the hills and meets the sea behind the old harbour.",
      expert: { think: "The text is short, so the river comes first.", answer: "The river rises, in the hills." },
      tags: { "span.c1": "without commas", "span.c2": "name the river first", "span.c3": "at least 12 words", topic: "rivers" },
    },
  ),
  record("twice", "Name three rivers in at least five words.", words("at least", 5)),
  record("twice-again", "Name three rivers in at least five words.", words("at least", 5)),
  record("nearly", "Name three rivers in at least five words, please.", words("at least", 5)),
  record("impossible", "Describe a river in at least 50 and fewer than 10 words.", {
    type: "and",
    children: [words("at least", 50), words("less than", 10)],
  }),
  record("conflict", "Answer in capitals and in small letters: which river is the longest?", {
    type: "and",
    children: [rule("change_case:english_capital", {}), rule("change_case:english_lowercase", {})],
  }),
  ...Array.from({ length: 6 }, (_, index) =>
    record(
      `fails-${index + 1}`,
      `Write ${index + 4} words or more about river number ${index + 1}, and no comma.`,
      {
        type: "and",
        children: [words("at least", index + 4), NO_COMMA],
      },
      { expert: { think: "Short.", answer: index % 2 === 0 ? "Wide, slow." : "It is a wide river that is slow and deep." } },
    ),
  ),
];

/** What of it is there already stays as it is. */
export async function makePageData(page: Page): Promise<PageData> {
  const known = (await callFrom(page, "dataset.list", {})).find(({ name }) => name === FLAWED_NAME);
  const folder = mkdtempSync(path.join(tmpdir(), "raif-pages-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const strangeFile = path.join(folder, "quiz.jsonl");
  writeFileSync(strangeFile, [1, 2, 3].map((n) => `${JSON.stringify({ frage: `What is ${n} + 3?`, loesung: String(n + 3) })}\n`).join(""));
  const flawedId = known?.id ?? (await makeFlawed(page, folder));
  const rowOf = async (search: string): Promise<number> => {
    const { rows } = await callFrom(page, "dataset.rows", { datasetId: flawedId, filter: {}, limit: 100 });
    return rows.find(({ id }) => id === search)?.rowId ?? 1;
  };
  const jobs = await callFrom(page, "jobs.list", { limit: 1000 });
  const verified = jobs.find(({ kind, status }) => kind === "verify" && status === "finished")?.id;
  const syntheses = await callFrom(page, "synthesis.list", { limit: 1 });
  return {
    flawedId,
    strangeFile,
    nestedRow: await rowOf("nested"),
    newRow: await rowOf("begun"),
    answersJob: verified ?? (await ended(page, await callFrom(page, "dataset.checkAnswers", { datasetId: flawedId }))),
    synthesisId: syntheses[0]?.synthesisId ?? (await synthesise(page)),
  };
}

async function makeFlawed(page: Page, folder: string): Promise<number> {
  const file = path.join(folder, "rivers.jsonl");
  const lines = [...RECORDS.map((each) => JSON.stringify(each)), '{"id": "cut off", "messages": [{"role": "us', '{"nothing": true}'];
  writeFileSync(file, `${lines.join("\n")}\n`);
  const imported = await callFrom(page, "datasetFiles.import", { path: file, name: FLAWED_NAME });
  const datasetId = imported?.datasetId ?? 0;
  const begun = { id: "begun", messages: [{ role: "user" as const, content: "" }], tags: {} };
  await callFrom(page, "dataset.edit", { datasetId, edits: [{ type: "add", record: begun }] });
  await ended(page, await callFrom(page, "quality.check", { datasetId }));
  return datasetId;
}

async function synthesise(page: Page): Promise<number> {
  const started = await callFrom(page, "synthesis.start", { count: 8, source: { type: "templates" } });
  await ended(page, started);
  return started.synthesisId;
}

async function ended(page: Page, started: { readonly jobId: number } | null): Promise<number> {
  const jobId = started?.jobId ?? 0;
  for (;;) {
    const { status, error } = await callFrom(page, "jobs.get", { jobId });
    if (status === "finished") return jobId;
    if (status !== "queued" && status !== "running") throw new Error(`job ${jobId} ${status}: ${error?.message ?? "no reason"}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
