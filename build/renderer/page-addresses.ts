// Addresses of every page of the workbench with something to see on it, found in an open workspace through its own calls. Shared by
// what takes pictures and what checks accessibility.

import type { Page } from "playwright";
import type { CallName, InputOf, OutputOf } from "../../shared/contract/contract.ts";
import type { LiveRollout } from "../../shared/domain/training.ts";
import { unwrap, type Result } from "../../shared/result.ts";

/** A call as the page itself makes it, with its cookie. Throws what the host answered with. */
export async function callFrom<Name extends CallName>(page: Page, name: Name, input: InputOf<Name>): Promise<OutputOf<Name>> {
  const result = await page.evaluate(
    async ([call, body]) => {
      const response = await fetch(`/call/${call}`, { method: "POST", headers: { "content-type": "application/json" }, body });
      return await response.json();
    },
    [name, JSON.stringify(input)] as const,
  );
  return unwrap(result as Result<OutputOf<Name>>);
}

function interest({ checksActive, checksPassed, mode }: LiveRollout): number {
  return checksActive + (checksPassed > 0 && checksPassed < checksActive ? 5 : 0) + (mode === "think" ? 10 : 0);
}

/**
 * Waits for the first run with rollouts to end, which a new workspace makes by itself, and makes a dataset where there is none. Hash by
 * page name.
 */
export async function pagesWithData(page: Page, say: (line: string) => void): Promise<Readonly<Record<string, string>>> {
  let told = false;
  for (;;) {
    const runs = await callFrom(page, "runs.list", { archived: false });
    const run = runs.find(({ status, lastStep }) => lastStep > 0 && status !== "running");
    // The example is followed by evaluations, for the comparison.
    const queue = run === undefined ? [] : await callFrom(page, "jobs.queue", {});
    if (run !== undefined && queue.length === 0) {
      const rollouts = await callFrom(page, "training.newestRollouts", { runId: run.id, limit: 200 });
      // One with several checks and some of them failed has most to show.
      const rollout = rollouts.toSorted((a, b) => interest(b) - interest(a))[0]?.id ?? 1;
      const [dataset] = await callFrom(page, "dataset.list", {});
      const { id: datasetId } = dataset ?? (await callFrom(page, "dataset.create", { name: "Starter, my copy", from: "starter" }));
      const nested = { datasetId, filter: { compositions: ["nested" as const] }, limit: 1 };
      const [row] = (await callFrom(page, "dataset.rows", nested)).rows;
      return {
        start: "#/",
        runs: `#/runs?compare=${runs
          .slice(0, 2)
          .map(({ id }) => id)
          .join(",")}`,
        "new-run": "#/new-run",
        run: `#/runs/${run.id}`,
        traces: `#/traces?run=${run.id}`,
        trace: `#/traces/${rollout}`,
        compare: `#/compare?run=${run.id}`,
        "superior-cot": `#/superior-cot?run=${run.id}`,
        data: "#/data",
        dataset: `#/data/${datasetId}`,
        record: `#/data/${datasetId}/${row?.rowId ?? 1}`,
        "dataset-statistics": `#/data/${datasetId}?tab=statistics`,
        "dataset-versions": `#/data/${datasetId}?tab=versions`,
        models: "#/models",
        settings: "#/settings",
        help: "#/help/start",
      };
    }
    if (!told) say("waiting for the example run of the new workspace");
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
