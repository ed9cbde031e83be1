// The workbench without a mouse, and for people who see or hear it differently: real Chromium, a served workbench, the real engine.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pagesWithData } from "../../build/renderer/page-addresses.ts";
import { browserExecutable, openBrowser, see, type TestBrowser } from "./testing/browser.ts";
import { lastStep, waitForStatus } from "./testing/run-pages.ts";
import { buildInterface, startServed, temporaryFolder, type ServedProcess } from "./testing/served-process.ts";

const executable = browserExecutable();
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** In the page: what assistive technology would call the element that has the focus, near enough. */
const NAME_OF_FOCUS = `(() => {
  const element = document.activeElement;
  return (element?.labels?.[0]?.textContent ?? element?.getAttribute("aria-label") ?? element?.textContent ?? "").trim();
})()`;

/** The part of axe's findings that is read here. */
interface Finding {
  readonly id: string;
  readonly impact?: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

describe.skipIf(executable === undefined)("every day", () => {
  const { folder, remove } = temporaryFolder();
  let browser: TestBrowser;
  let served: ServedProcess;
  let page: Page;

  beforeAll(async () => {
    await buildInterface();
    browser = await openBrowser(executable as string);
    served = await startServed({ workspaceFile: path.join(folder, "workspace.raif") });
    page = await browser.open(served.url);
  });

  afterAll(async () => {
    await browser.close();
    await served.end();
    remove();
  });

  test("a session is set up, started, watched and left with keys alone", async () => {
    await see(page.getByRole("link", { name: "Start a training session" })).toBeVisible();
    await page.keyboard.press("n");
    await see(page.getByRole("button", { name: "Start training" })).toBeVisible();
    for (const [label, value] of [
      ["Name", "By keys"],
      ["steps", "2"],
      ["promptsPerStep", "1"],
      ["maxNewTokens", "48"],
    ] as const) {
      await tabTo(label);
      await page.keyboard.press("ControlOrMeta+a");
      await page.keyboard.type(value);
    }
    await page.keyboard.press("Control+Enter");
    await see(page).toHaveURL(/#\/runs\/\d+$/);

    await see(page.getByRole("button", { name: "Fork" })).toBeVisible();
    await page.keyboard.press("f");
    const dialog = page.getByRole("dialog", { name: "Fork By keys" });
    await see(dialog).toBeVisible();
    await page.keyboard.press("Escape");
    await see(dialog).toBeHidden();

    await page.keyboard.press("?");
    await see(page.getByRole("dialog")).toContainText("Pause after this step");
    await page.keyboard.press("Escape");
    await see(page.getByRole("dialog")).toHaveCount(0);
    await waitForStatus(page, "finished");
    expect(await lastStep(page)).toBe(2);
  });

  test("everything is found by typing: the palette and the list of runs", async () => {
    await page.keyboard.press("Control+k");
    await see(page.getByRole("combobox", { name: "Find or do anything" })).toBeFocused();
    await page.keyboard.type("go runs");
    await page.keyboard.press("Enter");
    await see(page).toHaveURL(/#\/runs$/);

    const finder = page.getByRole("searchbox", { name: /Find a run/ });
    await see(finder).toBeVisible();
    await page.keyboard.press("/");
    await see(finder).toBeFocused();
    await page.keyboard.type("nothing like it");
    await see(page.getByText("No run matches")).toBeVisible();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("keys");
    await tabTo("By keys");
    await page.keyboard.press("Enter");
    await see(page).toHaveURL(/#\/runs\/\d+$/);
    // What was typed is part of the address, so that going back finds it again.
    await page.goBack();
    await see(finder).toHaveValue("keys");
  });

  const addresses = async (): Promise<readonly string[]> => Object.values(await pagesWithData(page, console.log));

  test.each(["light", "dark", "contrast"] as const)("axe finds nothing serious on any page, %s", async (theme) => {
    await page.goto(`${served.origin}/#/settings`);
    await page.getByLabel("Theme").selectOption(theme);
    await see(page.locator("html")).toHaveAttribute("data-contrast", theme === "contrast" ? "more" : "normal");
    for (const address of await addresses()) {
      await page.goto(`${served.origin}/${address}`);
      await settled();
      expect({ address, serious: await seriousFindings() }).toEqual({ address, serious: [] });
    }
  });

  test("nothing is cut off at 1280 x 800: no page scrolls sideways", async () => {
    for (const address of await addresses()) {
      await page.goto(`${served.origin}/${address}`);
      await settled();
      const overhang = await page.evaluate<number>("document.documentElement.scrollWidth - window.innerWidth");
      expect({ address, overhang }).toEqual({ address, overhang: 0 });
    }
  });

  test("a page at rest asks nothing", async () => {
    const asked: string[] = [];
    page.on("request", (request) => {
      // A form may keep its draft for the first time.
      if (!request.url().endsWith("/settings.setDraft")) asked.push(request.url());
    });
    for (const address of await addresses()) {
      await page.goto(`${served.origin}/${address}`);
      await settled();
      // What was read may have led to one more question, and the engine may say that it rests now; what never ends asks each time.
      for (let looks = 0; looks === 0 || (asked.length > 0 && looks < 4); looks++) {
        asked.length = 0;
        await page.waitForTimeout(600);
      }
      expect({ address, asked }).toEqual({ address, asked: [] });
    }
    page.removeAllListeners("request");
  });

  test("nothing that a page complained about went unseen", () => {
    expect(browser.complaints).toEqual([]);
  });

  /** Presses Tab until what has the focus is called so. */
  async function tabTo(name: string): Promise<void> {
    const seen: string[] = [];
    for (let presses = 0; presses < 300; presses++) {
      await page.keyboard.press("Tab");
      const focused = await page.evaluate<string>(NAME_OF_FOCUS);
      if (focused === name) return;
      seen.push(focused);
    }
    throw new Error(`Tab never reached "${name}", only ${[...new Set(seen)].join(", ")}`);
  }

  /** Until the page has read what it shows. */
  async function settled(): Promise<void> {
    await see(page.getByRole("main")).not.toBeEmpty();
    await page.waitForLoadState("networkidle");
    await see(page.locator("[aria-busy=true]")).toHaveCount(0);
  }

  async function seriousFindings(): Promise<readonly string[]> {
    // By the debugger, which the page's content policy does not bind.
    await page.evaluate(axeSource);
    const { violations } = await page.evaluate<{ readonly violations: readonly Finding[] }>("axe.run()");
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} (${failureSummary ?? ""})`).join("; ")}`);
  }
});
