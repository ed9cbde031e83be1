// Every page and tab of the workbench with something to see on it, and the dialogs and states that open on them, found in an open workspace
// through its own calls. Shared by what takes pictures and what checks accessibility.

import type { Page } from "playwright";
import type { LiveRollout } from "../../shared/domain/training.ts";
import { callFrom } from "./call-from.ts";
import { FLAWED_NAME, makePageData, type PageData } from "./page-data.ts";

/** Addresses by page name. */
type Addresses = Readonly<Record<string, string>>;

function interest({ checksActive, checksPassed, mode }: LiveRollout): number {
  return checksActive + (checksPassed > 0 && checksPassed < checksActive ? 5 : 0) + (mode === "think" ? 10 : 0);
}

/**
 * Waits for the first run with rollouts to end, which a new workspace makes by itself, and makes datasets where there are none. Hash by
 * page name.
 */
export async function pagesWithData(page: Page, say: (line: string) => void): Promise<Addresses> {
  let told = false;
  for (;;) {
    const runs = await callFrom(page, "runs.list", { archived: false });
    const run = runs.find(({ status, lastStep }) => lastStep > 0 && status !== "running");
    // The example is followed by evaluations, for the comparison.
    const queue = run === undefined ? [] : await callFrom(page, "jobs.queue", {});
    if (run !== undefined && queue.length === 0) {
      const ids = runs.slice(0, 2).map(({ id }) => id);
      return { ...(await runAddresses(page, run.id, ids)), ...(await dataAddresses(page)), ...OTHERS };
    }
    if (!told) say("waiting for the example run of the new workspace");
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

const OTHERS: Addresses = { models: "#/models", settings: "#/settings", help: "#/help/start" };

async function runAddresses(page: Page, runId: number, compared: readonly number[]): Promise<Addresses> {
  const rollouts = await callFrom(page, "training.newestRollouts", { runId, limit: 200 });
  // One with several checks and some of them failed has most to show.
  const rollout = rollouts.toSorted((a, b) => interest(b) - interest(a))[0]?.id ?? 1;
  return {
    start: "#/",
    runs: `#/runs?compare=${compared.join(",")}`,
    "new-run": "#/new-run",
    run: `#/runs/${runId}`,
    traces: `#/traces?run=${runId}`,
    trace: `#/traces/${rollout}`,
    compare: `#/compare?run=${runId}`,
    "superior-cot": `#/superior-cot?run=${runId}`,
  };
}

async function dataAddresses(page: Page): Promise<Addresses> {
  const dataset = (await callFrom(page, "dataset.list", {})).find(({ name }) => name !== FLAWED_NAME);
  const { id: datasetId } = dataset ?? (await callFrom(page, "dataset.create", { name: "Starter, my copy", from: "starter" }));
  const nested = { datasetId, filter: { compositions: ["nested" as const] }, limit: 1 };
  const [row] = (await callFrom(page, "dataset.rows", nested)).rows;
  return {
    data: "#/data",
    dataset: `#/data/${datasetId}`,
    record: `#/data/${datasetId}/${row?.rowId ?? 1}`,
    "dataset-statistics": `#/data/${datasetId}?tab=statistics`,
    "dataset-versions": `#/data/${datasetId}?tab=versions`,
    ...flawedAddresses(await makePageData(page)),
  };
}

function flawedAddresses({ flawedId, answersJob, nestedRow, newRow, synthesisId, strangeFile }: PageData): Addresses {
  return {
    quality: `#/data/${flawedId}?tab=quality`,
    repair: `#/data/${flawedId}?tab=repair`,
    lab: `#/data/${flawedId}?tab=check&check=${answersJob}`,
    "record-nested": `#/data/${flawedId}/${nestedRow}`,
    "record-new": `#/data/${flawedId}/${newRow}`,
    import: `#/import?path=${encodeURIComponent(strangeFile)}`,
    synthesis: `#/synthesis?id=${synthesisId}`,
  };
}
