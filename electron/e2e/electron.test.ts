// The desktop application in real Electron, where its program file is there; elsewhere electron/main's tests run it on a double.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { _electron, type ElectronApplication, type Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildDesktop } from "../../build/start/desktop-build.ts";
import { installedElectron } from "../../build/start/electron-binary.ts";
import { hasDisplay } from "../../build/start/find-browser.ts";
import { see } from "./testing/browser.ts";
import { lastStep, startSession, waitForStatus } from "./testing/run-pages.ts";
import { buildInterface } from "./testing/served-process.ts";

const projectRoot = path.resolve(import.meta.dirname, "..", "..");
const binary = installedElectron(projectRoot);
const reason = binary === undefined ? "Electron's program file is not here" : hasDisplay() ? undefined : "there is no display here";
if (reason !== undefined) process.stderr.write(`e2e: ${reason}, so the tests in real Electron are skipped\n`);

describe.skipIf(reason !== undefined)("real Electron", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "raif-electron-"));
  let application: ElectronApplication;
  let page: Page;

  const launch = async (): Promise<void> => {
    application = await _electron.launch({
      executablePath: binary as string,
      args: [
        path.join(projectRoot, "out", "desktop"),
        `--user-data-dir=${path.join(folder, "data")}`,
        `--workspace=${path.join(folder, "workspace.sqlite")}`,
        "--no-example",
        ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      ],
    });
    page = await application.firstWindow();
  };

  beforeAll(async () => {
    await buildInterface();
    buildDesktop(projectRoot);
    await launch();
  });

  afterAll(async () => {
    await application.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("a session trains to its end", async () => {
    await page.getByRole("link", { name: "Start a training session" }).click();
    await startSession(page, { name: "In Electron", steps: 2 });
    await waitForStatus(page, "finished");
    expect(await lastStep(page)).toBe(2);
  });

  test("the page has no Node and stays where it is", async () => {
    expect(await page.evaluate(() => [typeof globalThis, "require" in globalThis, "process" in globalThis])).toEqual([
      "object",
      false,
      false,
    ]);
    await page.evaluate("location.href = 'https://example.com/'").catch(() => undefined);
    expect(page.url()).toMatch(/^app:\/\/workbench\//);
    expect(await page.evaluate("window.open('https://example.com/')")).toBeNull();
    await expect(page.evaluate("fetch('https://example.com/')")).rejects.toThrow();
  });

  test("a reloaded page shows what it showed, and a second start finds the run again", async () => {
    const address = page.url();
    await page.reload();
    expect(page.url()).toBe(address);
    await waitForStatus(page, "finished");
    await application.close();
    await launch();
    await see(page.getByRole("link", { name: "In Electron" }).first()).toBeVisible();
  });
});
