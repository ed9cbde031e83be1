// What looking on costs: the processor's time that the page of a live run takes, and the speed of the same training with and without
// the window open. Trains the shipped model for real, with one seed, so that every run does the same work.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, CDPSession, Page } from "playwright";
import { startServed } from "../../electron/e2e/testing/served-process.ts";
import type { RunSummary } from "../../shared/domain/run.ts";
import { callFrom } from "../renderer/call-from.ts";
import type { PageSpeed } from "./page-speed.ts";

const SETTINGS = { steps: 10, maxNewTokens: 128, seed: 1 };
/** Runs with the window closed and open take turns, so that a slow minute of the machine meets both. */
const ROUNDS = 3;

/** A picture of the workbench's stands for no window: the browser lives, nothing of the workbench runs in it. */
const CLOSED = (): string => "/icon.svg";
const OPEN = (runId: number): string => `/#/runs/${runId}`;

interface Lived {
  readonly durationMs: number;
  /** Processor seconds by kind of the browser's processes, per second. */
  readonly cores: Readonly<Record<string, number>>;
}

/** Needs the interface to be built. */
export async function measureLiveRun(browser: Browser, say: (line: string) => void): Promise<readonly PageSpeed[]> {
  const folder = mkdtempSync(join(tmpdir(), "raif-live-"));
  const served = await startServed({ workspaceFile: join(folder, "workspace.raif") });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    await page.goto(served.url);
    await page.getByRole("link", { name: "Traces" }).first().waitFor();
    await train(browser, page, served.origin, CLOSED); // Reads model and data for the first time.
    const ratios: number[] = [];
    const pageCores: number[] = [];
    const drawingCores: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const closed = await train(browser, page, served.origin, CLOSED);
      const open = await train(browser, page, served.origin, OPEN);
      say(`${SETTINGS.steps} steps: ${closed.durationMs} ms with the window closed, ${open.durationMs} ms with it open`);
      ratios.push((100 * closed.durationMs) / open.durationMs);
      pageCores.push(100 * (open.cores["renderer"] ?? 0));
      drawingCores.push(100 * (open.cores["GPU"] ?? 0));
    }
    const steps = `median of ${ROUNDS} runs of ${SETTINGS.steps} steps`;
    return [
      { measure: "page of a live run, of one core", value: middle(pageCores), unit: "%", limit: 20, note: `${steps}, all its threads` },
      {
        measure: "drawing it, of one core",
        value: middle(drawingCores),
        unit: "%",
        note: "the browser's drawing process, which has no GPU where this was measured without one",
      },
      { measure: "training speed, window open", value: middle(ratios), unit: "%", limit: 97, atLeast: true, note: `of closed, ${steps}` },
    ];
  } finally {
    await served.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One run from its start to its end while the browser shows an address. */
async function train(browser: Browser, page: Page, origin: string, shown: (runId: number) => string): Promise<Lived> {
  const session = await browser.newBrowserCDPSession();
  const before = await callFrom(page, "runs.list", {});
  await callFrom(page, "training.start", { model: "nano", data: "starter", set: SETTINGS });
  const known = new Set(before.map(({ id }) => id));
  const newest = async (): Promise<RunSummary | undefined> => (await callFrom(page, "runs.list", {})).find(({ id }) => !known.has(id));
  let run = await newest();
  for (; run === undefined; run = await newest()) await sleep(50);
  await page.goto(origin + shown(run.id));
  const cpuBefore = await processorSeconds(session);
  const startMs = performance.now();
  for (; run?.status === "running"; run = await newest()) await sleep(1000);
  const cpuAfter = await processorSeconds(session);
  const seconds = (performance.now() - startMs) / 1000;
  await session.detach();
  if (run?.status !== "finished" || run.endedAtMs === null) throw new Error(`the run ended as ${run?.status}: ${run?.error?.message}`);
  return {
    durationMs: run.endedAtMs - run.createdAtMs,
    cores: Object.fromEntries(Object.entries(cpuAfter).map(([kind, value]) => [kind, (value - (cpuBefore[kind] ?? 0)) / seconds])),
  };
}

/** Of all living processes of the browser, by kind. */
async function processorSeconds(session: CDPSession): Promise<Readonly<Record<string, number>>> {
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const sums: Record<string, number> = {};
  for (const { type, cpuTime } of processInfo) sums[type] = (sums[type] ?? 0) + cpuTime;
  return sums;
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
