// The workbench without a mouse, and for people who see or hear it differently: real Chromium, a served workbench, the real engine.

import type { Page, Request } from "playwright";
import { beforeAll, describe, expect, test } from "vitest";
import { pagesWithData } from "../../build/renderer/page-addresses.ts";
import { PAGE_STATES } from "../../build/renderer/page-states.ts";
import { seriousFindings } from "./testing/axe.ts";
import { see } from "./testing/browser.ts";
import { hasNoBrowser, useJourney } from "./testing/journey.ts";
import { lastStep, waitForStatus } from "./testing/run-pages.ts";

/** In the page: what assistive technology would call the element that has the focus, near enough. */
const NAME_OF_FOCUS = `(() => {
  const element = document.activeElement;
  return (element?.labels?.[0]?.textContent ?? element?.getAttribute("aria-label") ?? element?.textContent ?? "").trim();
})()`;

describe.skipIf(hasNoBrowser)("every day", () => {
  const journey = useJourney();
  let page: Page;

  beforeAll(() => {
    ({ page } = journey);
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

  test.each([
    ["dark", "dark", "normal"],
    ["contrast", "light", "more"],
    ["light", "light", "normal"],
  ] as const)("the look is chosen in the settings: %s", async (choice, theme, contrast) => {
    await journey.go("#/settings");
    await page.getByLabel("Theme").selectOption(choice);
    await see(page.locator("html")).toHaveAttribute("data-theme", theme);
    await see(page.locator("html")).toHaveAttribute("data-contrast", contrast);
  });

  test("axe is heard in every look: what is planted is found", async () => {
    await journey.go("#/help/start");
    await settled();
    // Through the object model, because the page's policy takes no style from markup.
    await page.evaluate(`{
      const text = document.querySelector("main").appendChild(document.createElement("p"));
      Object.assign(text, { id: "planted", textContent: "grey on grey" });
      Object.assign(text.style, { color: "#777777", background: "#888888" });
    }`);
    const looks = (await seriousFindings(page)).filter((line) => line.includes("planted")).map((line) => line.split(":", 2).join(":"));
    expect(looks).toEqual(["light: color-contrast", "dark: color-contrast", "high contrast: color-contrast"]);
    await page.reload();
  });

  test("every page: nothing serious for axe in any look, nothing cut off at 1280 x 800, and at rest it asks nothing", async () => {
    for (const [name, address] of Object.entries(await pagesWithData(page, console.log))) {
      await journey.go(address);
      await settled();
      const asked = listen();
      const serious = await seriousFindings(page);
      const overhang = await page.evaluate<number>("document.documentElement.scrollWidth - window.innerWidth");
      expect({ name, serious, overhang, asked: await asked.atRest() }).toEqual({ name, serious: [], overhang: 0, asked: [] });
    }
  });

  test("every dialog and state that is opened on a page: nothing serious for axe in any look", async () => {
    const addresses = await pagesWithData(page, console.log);
    for (const { name, on, open } of PAGE_STATES) {
      await journey.go(addresses[on] ?? `there is no page ${on}`);
      await page.reload();
      await settled();
      await open(page);
      await settled();
      expect({ name, serious: await seriousFindings(page) }).toEqual({ name, serious: [] });
    }
  });

  test("nothing that a page complained about went unseen", () => {
    expect(journey.browser.complaints).toEqual([]);
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

  /** What the page asks its host from now on. */
  function listen(): { readonly atRest: () => Promise<readonly string[]> } {
    const asked: string[] = [];
    const hear = (request: Request): void => {
      // A form may keep its draft for the first time.
      if (!request.url().endsWith("/settings.setDraft")) asked.push(request.url());
    };
    page.on("request", hear);
    return {
      atRest: async () => {
        // What was read may have led to one more question, and the engine may say that it rests now; what never ends asks each time.
        for (let looks = 0; asked.length > 0 && looks < 4; looks++) {
          asked.length = 0;
          await page.waitForTimeout(600);
        }
        page.off("request", hear);
        return asked;
      },
    };
  }
});
