// The real page in real Chromium on the double: its files come from the application's protocol handler, its calls go through the
// real preload into the double's ipcMain, values cloned on both ways.

import type { Page } from "playwright";
import type { TestBrowser } from "../../e2e/testing/browser.ts";
import type { ElectronDouble } from "./electron-double.ts";
import { preloadProgram } from "./preload.ts";

/** Chromium knows no "app:" of ours; this origin stands for app://workbench. */
const STAND_IN = "https://workbench.test";

export async function connectPage(browser: TestBrowser, double: ElectronDouble): Promise<Page> {
  const page = await browser.open("about:blank");
  await page.route(`${STAND_IN}/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    const response = await double.fetch(`app://workbench${pathname}`);
    await route.fulfill({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: Buffer.from(await response.arrayBuffer()),
    });
  });
  await page.exposeBinding("__ipcInvoke", (_, channel: string, ...values: unknown[]) => double.invoke(channel, values));
  await page.addInitScript(`{
    const listeners = new Map();
    globalThis.__ipcEmit = (channel, ...values) => { for (const tell of listeners.get(channel) ?? []) tell({}, ...values); };
    const electron = {
      contextBridge: { exposeInMainWorld: (name, api) => Object.defineProperty(globalThis, name, { value: api }) },
      ipcRenderer: {
        invoke: (channel, ...values) => globalThis.__ipcInvoke(channel, ...values),
        on: (channel, listener) => listeners.set(channel, [...(listeners.get(channel) ?? []), listener]),
      },
    };
    ((require) => {${preloadProgram()}
    })(() => electron);
  }`);
  double.window().webContents.on("sent-to-page", (channel: string, ...values: unknown[]) => {
    // A page that is being left hears nothing any more.
    void page
      .evaluate(
        ({ channel: name, values: all }) =>
          (globalThis as unknown as { __ipcEmit: (...values: unknown[]) => void }).__ipcEmit(name, ...all),
        { channel, values },
      )
      .catch(() => undefined);
  });
  await page.goto(`${STAND_IN}/`);
  return page;
}
