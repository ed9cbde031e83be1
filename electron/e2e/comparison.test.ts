// What makes reasoning worth it, seen in real Chromium over a run of the real engine: answers of base and trained weights side by side,
// and the superior-CoT decision taken again.

import type { Page } from "playwright";
import { beforeAll, describe, expect, test } from "vitest";
import { callFrom } from "../../build/renderer/call-from.ts";
import { see } from "./testing/browser.ts";
import { hasNoBrowser, useJourney } from "./testing/journey.ts";
import { startSession, waitForStatus } from "./testing/run-pages.ts";

const STEPS = 3;

describe.skipIf(hasNoBrowser)("comparison", () => {
  const journey = useJourney();
  let page: Page;

  beforeAll(async () => {
    ({ page } = journey);
    await see(page.getByRole("link", { name: "Start a training session" })).toBeVisible();
    await page.keyboard.press("n");
    await startSession(page, { name: "Compared", steps: STEPS });
    await waitForStatus(page, "finished");
  });

  test("four panes: base and trained weights asked the same, with and without reasoning, and a vote that stays", async () => {
    await journey.go(`#/compare?run=1&panes=w1.0.t,w1.0.e,w1.${STEPS}.t,w1.${STEPS}.e`);
    await see(page.getByText("Not asked yet")).toHaveCount(4);
    await page.keyboard.press("s");
    await see(page.getByRole("button", { name: "weights proven" })).toHaveCount(4);

    const cells = (row: string) => page.getByRole("row", { name: row }).getByRole("cell");
    await see(cells("reward, checks")).toHaveCount(4);
    await see(cells("reasoning").nth(1)).toContainText("forced empty");
    const weights = await page.locator("thead code").allInnerTexts();
    expect(weights[0]).toBe(weights[1]);
    expect(weights[2]).toBe(weights[3]);
    expect(weights[0]).not.toBe(weights[2]);

    await page.keyboard.press("3");
    const preferred = page.getByRole("button", { name: "preferred" });
    await see(preferred).toHaveCount(1);
    await page.keyboard.press("c");
    await page.keyboard.type("says what it checks");
    await page.keyboard.press("Tab");
    await page.reload();
    await see(preferred).toHaveAttribute("aria-pressed", "true");
    await see(page.getByLabel("Comment")).toHaveValue("says what it checks");
  });

  test("tokens of every pane by a key; tokens, seed and temperature stand in the address", async () => {
    await journey.go(`#/compare?run=1&panes=w1.0.t,w1.0.e,w1.${STEPS}.t,w1.${STEPS}.e`);
    await see(page.getByRole("button", { name: "weights proven" })).toHaveCount(4);
    await page.keyboard.press("t");
    const maps = page.getByRole("listbox", { name: /^Tokens of pane/ });
    await see(maps).toHaveCount(4);
    await maps.nth(2).press("End");
    const last = await maps.nth(2).getByRole("option").count();
    await see(page.getByText(`${last} of ${last}:`)).toBeVisible();
    await page.getByLabel("Seed").fill("7");
    await page.getByLabel("Temperature").fill("0.5");
    await see(page).toHaveURL(/tokens=1.*seed=7.*temperature=0\.5/);
    await page.reload();
    await see(page.getByLabel("Temperature")).toHaveValue("0.5");
    await see(page.getByText("Not asked yet")).toHaveCount(4);
    await page.getByLabel("Seed").fill("1");
    await page.getByLabel("Temperature").fill("1");
    await see(maps).toHaveCount(4);
  });

  test("stored answers: the next prompt by a key, and a link that shows the same again", async () => {
    await journey.go("#/compare?run=1");
    const prompt = page.getByRole("status").filter({ hasText: "prompt" });
    await see(prompt).toContainText("1 of");
    await page.keyboard.press("j");
    await see(prompt).toContainText("2 of");
    const [address, text] = [page.url(), await prompt.innerText()];
    await journey.go("#/");
    await page.goto(address);
    await see(prompt).toHaveText(text.replace(/\s+/g, " "));
  });

  test("superior CoT: another threshold decides again on what is stored, and the run's own one agrees with the run", async () => {
    const { rows } = await callFrom(page, "superiorCot.groups", { runId: 1, offset: 0, limit: 500 });
    const compared = rows.filter(({ margin }) => margin !== null);
    expect(rows).toHaveLength(STEPS);
    const share = (kept: number): string => String(Math.round((kept / rows.length) * 100));

    await journey.go("#/superior-cot?run=1");
    const summary = page.getByRole("status").filter({ hasText: "Keep ratio" });
    await see(summary).toContainText(`Keep ratio ${share(rows.filter(({ kept }) => kept).length)}`);
    await see(summary).toContainText("0 of");

    await page.getByLabel("Threshold").fill("10");
    const high = Number(await page.getByLabel("Threshold").inputValue());
    const keptThen = rows.filter(({ margin }) => margin === null || margin >= high).length;
    const changed = compared.filter(({ margin, kept }) => kept !== (margin !== null && margin >= high)).length;
    await see(summary).toContainText(`becomes ${share(keptThen)}`);
    await see(summary).toContainText(`${changed} of`);
    await page.getByRole("button", { name: "changed" }).click();
    await see(page.getByRole("grid", { name: "Groups" })).toHaveAttribute("aria-rowcount", String(changed + 1));
    await page.keyboard.press("0");
    await see(page.getByText("This threshold decides every group as the run did.")).toBeVisible();
  });

  test("nothing that a page complained about went unseen", () => {
    expect(journey.browser.complaints).toEqual([]);
  });
});
