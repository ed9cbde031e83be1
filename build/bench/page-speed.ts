// How fast the pages of traces are in real Chromium against a served workbench: cold start, the table's first rows, filters and searches
// as the page waits for them, frames while scrolling, and what it costs to look at a training.

import type { Page } from "playwright";
import { chromium } from "playwright";
import { buildInterface, startServed } from "../../electron/e2e/testing/served-process.ts";
import { measureLiveRun } from "./live-speed.ts";

export interface PageSpeed {
  readonly measure: string;
  readonly value: number;
  readonly unit: "ms" | "%";
  /** What the product promises: at most this, or at least. */
  readonly limit?: number;
  readonly atLeast?: boolean;
  readonly note: string;
}

const SEARCHES = [
  "the",
  "garden",
  "check ok",
  '"last word"',
  "capit*",
  "lamp -garden",
  "yellow boat winter",
  "commas",
  "nothinglikethis",
  "box",
  "sailor river",
  "th*",
];
const OUTCOMES = ["passes", "failures", "different", "dropped", "truncated", "all"];
const SCROLLED_FRAMES = 600;
/** More than two frames' time means that one was not shown. */
const DROPPED_FROM_MS = 1000 / 60 + 10;

/** The largest run of the workspace is looked at. Throws what serving and the browser throw. */
export async function measurePages(workspaceFile: string, browserFile: string, say: (line: string) => void): Promise<readonly PageSpeed[]> {
  await buildInterface();
  const browser = await chromium.launch({ executablePath: browserFile, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
  try {
    const startMs = performance.now();
    const served = await startServed({ workspaceFile });
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
      await page.goto(served.url);
      await page.getByRole("link", { name: "Traces" }).first().waitFor();
      const startedMs = performance.now() - startMs;
      const figures: PageSpeed[] = [
        { measure: "cold start, served", value: startedMs, unit: "ms", limit: 2000, note: "process started to rail and page shown" },
        await firstRows(page),
        ...(await answers(page)),
        ...(await scrolling(page)),
      ];
      await page.close();
      return [...figures, ...(await measureLiveRun(browser, say))];
    } finally {
      await served.end();
    }
  } finally {
    await browser.close();
  }
}

async function firstRows(page: Page): Promise<PageSpeed> {
  const startMs = performance.now();
  await page.evaluate(`location.hash = "#/traces"`);
  await page.getByRole("grid").getByRole("gridcell").first().getByText(/\d/).waitFor();
  const rows = await page.getByRole("grid").getAttribute("aria-rowcount");
  return {
    measure: "traces page, first rows",
    value: performance.now() - startMs,
    unit: "ms",
    limit: 1000,
    note: `${Number(rows) - 1} rollouts`,
  };
}

/** From the request that the page makes to the last byte of the host's answer. */
async function answers(page: Page): Promise<readonly PageSpeed[]> {
  const timed = async (hash: string): Promise<number> => {
    const answer = page.waitForResponse((response) => response.url().endsWith("/call/traces.query"));
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    const { timing } = await answer.then(async (response) => {
      await response.finished();
      return { timing: response.request().timing() };
    });
    return timing.responseEnd - timing.requestStart;
  };
  const searches: number[] = [];
  for (const text of SEARCHES) searches.push(await timed(`#/traces?find=${encodeURIComponent(text)}`));
  const filters: number[] = [];
  for (const outcome of OUTCOMES) for (const mode of ["think", "empty"]) filters.push(await timed(`#/traces?show=${outcome}&mode=${mode}`));
  const p95 = (measure: string, values: readonly number[]): PageSpeed => {
    const sorted = values.toSorted((a, b) => a - b);
    const value = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN;
    return { measure, value, unit: "ms", limit: 150, note: `95th percentile of ${values.length}, over HTTP` };
  };
  return [p95("search", searches), p95("filter", filters)];
}

interface Frames {
  readonly deltas: readonly number[];
}

/** The rows move by more than a row each frame, so that every frame has new ones to draw. */
const SCROLL = `new Promise((resolve) => {
  const grid = document.querySelector("[role=grid]");
  const scroller = [grid, ...grid.querySelectorAll("*")].find((element) => element.scrollHeight > element.clientHeight + 1000);
  const deltas = [];
  let last;
  const frame = (now) => {
    if (last !== undefined) deltas.push(now - last);
    last = now;
    scroller.scrollTop += 40;
    if (deltas.length < ${SCROLLED_FRAMES}) requestAnimationFrame(frame);
    else resolve({ deltas });
  };
  requestAnimationFrame(frame);
})`;

/** Frames that were shown, and the processor's time for each, which holds on a busy machine too. */
async function scrolling(page: Page): Promise<readonly PageSpeed[]> {
  await page.evaluate(`location.hash = "#/traces"`);
  await page.getByRole("grid").getByRole("gridcell").first().getByText(/\d/).waitFor();
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const busySeconds = async (): Promise<number> => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN;
  };
  const before = await busySeconds();
  const { deltas } = await page.evaluate<Frames>(SCROLL);
  const busyMs = (1000 * ((await busySeconds()) - before)) / deltas.length;
  // A gap of several frames' time lost all but one of them.
  const lost = deltas.reduce((sum, delta) => sum + (delta < DROPPED_FROM_MS ? 0 : Math.round(delta / (1000 / 60)) - 1), 0);
  const note = `${lost} of ${deltas.length + lost} frames, ${((SCROLLED_FRAMES * 40) / 28).toFixed(0)} rows passed`;
  return [
    { measure: "frames lost while scrolling", value: (100 * lost) / (deltas.length + lost), unit: "%", limit: 1, note },
    { measure: "page's work a frame", value: busyMs, unit: "ms", limit: 16, note: "processor time of the page's thread" },
  ];
}
