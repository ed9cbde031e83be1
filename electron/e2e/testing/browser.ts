// Real Chromium for the journeys: the one that is installed, else the reason why they are skipped and the command that helps.

import { chromium, type Browser, type Page } from "playwright";
import { expect } from "playwright/test";
import { findBrowser } from "../../../build/start/find-browser.ts";

const INSTALL_COMMAND = process.platform === "linux" ? "apt-get install -y chromium" : "npx playwright install chromium";

/** Longest wait for anything that a page should show: training shares the cores with other tests. */
const PATIENCE_MS = 120_000;

/** Playwright's waiting assertions about pages, with that patience. */
export const see = expect.configure({ timeout: PATIENCE_MS });

/** What the tests of a machine without a browser say. */
export const noBrowserHint = `no Chromium, Chrome or Edge was found, so the journeys are skipped; "${INSTALL_COMMAND}" brings one`;

export interface TestBrowser {
  /** A window of its own session; what its page complains about is noted in `complaints`. */
  readonly open: (url: string) => Promise<Page>;
  /** Exceptions and console errors of all pages, network failures left out: hosts are killed here on purpose. */
  readonly complaints: readonly string[];
  readonly close: () => Promise<void>;
}

/** Undefined, and said on standard error, where there is none. */
export function browserExecutable(): string | undefined {
  const executable = findBrowser();
  if (executable === undefined) process.stderr.write(`e2e: ${noBrowserHint}\n`);
  return executable;
}

export async function openBrowser(executablePath: string): Promise<TestBrowser> {
  // Chromium refuses its sandbox to root, as which containers run tests.
  const browser: Browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
  const complaints: string[] = [];
  return {
    complaints,
    open: async (url) => {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true });
      context.setDefaultTimeout(PATIENCE_MS);
      const page = await context.newPage();
      page.on("pageerror", (error) => complaints.push(error.stack ?? error.message));
      page.on("console", (message) => {
        const text = message.text();
        if (message.type() === "error" && !/net::ERR_|WebSocket connection/.test(text)) complaints.push(text);
      });
      await page.goto(url);
      return page;
    },
    close: () => browser.close(),
  };
}
