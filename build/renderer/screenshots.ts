// `npm run screenshots`: pictures of every page and dialog in light and dark at 1280 and 1920 wide with real data, into out/screenshots. Serves the
// built interface over a workspace: the one given, else a short real training made for it.
//
//   npm run screenshots -- [--workspace FILE] [--pages start,runs,...] [--widths 1280,1920] [--themes light,dark]

import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { chromium, type Page } from "playwright";
import { serveWithDefaults } from "../../electron/serve/serve-until.ts";
import { findBrowser } from "../start/find-browser.ts";
import { buildRenderer, reasonToBuild } from "../start/renderer-build.ts";
import { pagesWithData } from "./page-addresses.ts";
import { PAGE_STATES } from "./page-states.ts";

const root = path.resolve(import.meta.dirname, "..", "..");
const folder = path.join(root, "out", "screenshots");

const { values } = parseArgs({
  options: {
    workspace: { type: "string" },
    pages: { type: "string" },
    widths: { type: "string", default: "1280,1920" },
    themes: { type: "string", default: "light,dark" },
  },
});

async function settle(page: Page): Promise<void> {
  await page.locator(".loading").first().waitFor({ state: "detached" });
  await page.evaluate("document.fonts.ready.then(() => undefined)");
  // Charts draw in the next frame after their numbers came.
  await page.waitForTimeout(400);
}

const browserFile = findBrowser();
if (browserFile === undefined) {
  throw new Error("no Chromium, Chrome or Edge was found; on Debian: apt-get install -y chromium");
}
if (reasonToBuild(root) !== undefined) buildRenderer(root);
const workspaceFile = values.workspace === undefined ? path.join(folder, "workspace.raif") : path.resolve(values.workspace);
mkdirSync(folder, { recursive: true });
if (values.workspace !== undefined && !existsSync(workspaceFile)) throw new Error(`there is no workspace ${workspaceFile}`);

const workbench = await serveWithDefaults({ workspaceFile, port: 0, example: true }, (where, error) => console.error(where, error));
const browser = await chromium.launch({ executablePath: browserFile, args: ["--no-sandbox"] });
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") console.error(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => console.error(`page: ${error.message}`));
  await page.goto(workbench.newAddress());
  await page.locator("main").waitFor();
  const wanted = values.pages?.split(",");
  const addresses = await pagesWithData(page, (waiting) => console.log(waiting));
  for (const theme of values.themes.split(",")) {
    await page.evaluate(`localStorage.setItem("raif.theme", ${JSON.stringify(theme)})`);
    await page.evaluate(
      async (choice) =>
        fetch("/call/settings.set", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ theme: choice }),
        }),
      theme,
    );
    for (const width of values.widths.split(",").map(Number)) {
      await page.setViewportSize({ width, height: width > 1500 ? 1080 : 860 });
      // In the theme, and without a dialog of the pictures before.
      await page.reload();
      for (const [name, hash] of Object.entries(addresses)) {
        if (wanted !== undefined && !wanted.includes(name)) continue;
        await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
        await settle(page);
        await page.screenshot({ path: path.join(folder, `${name}-${theme}-${width}.png`) });
      }
      for (const { name, on, open } of PAGE_STATES) {
        if (wanted !== undefined && !wanted.includes(name)) continue;
        await page.evaluate(`location.hash = ${JSON.stringify(addresses[on])}`);
        await page.reload();
        await settle(page);
        await open(page);
        await settle(page);
        await page.screenshot({ path: path.join(folder, `${name}-${theme}-${width}.png`) });
      }
    }
  }
  console.log(
    `pictures of ${Object.keys(addresses).length} pages and ${PAGE_STATES.length} dialogs and states are in ${path.relative(process.cwd(), folder)}`,
  );
} finally {
  await browser.close();
  await workbench.close();
}
