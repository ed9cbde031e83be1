// What the journeys do on the pages of runs, in the words of those pages.

import type { Page } from "playwright";
import { see } from "./browser.ts";

/** On the page of a new session: a session of a few seconds a step, started; ends on the page of its run. */
export async function startSession(page: Page, { name, steps }: { readonly name: string; readonly steps: number }): Promise<void> {
  await page.getByRole("button", { name: "Sizes for a small model" }).click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  const settings = { steps, promptsPerStep: 1, maxNewTokens: 48 };
  for (const [key, value] of Object.entries(settings)) await page.getByLabel(key, { exact: true }).fill(String(value));
  await page.getByRole("button", { name: "Start training" }).click();
  await see(page).toHaveURL(/#\/runs(\/\d+)?$/);
  // Behind other work a session is found in the list once it begins.
  if (page.url().endsWith("/runs")) await page.getByRole("link", { name, exact: true }).click();
  await see(page.getByRole("navigation", { name: "Breadcrumbs" })).toContainText(name);
}

export async function waitForStatus(page: Page, status: string): Promise<void> {
  await see(page.locator("header .facts")).toContainText(status);
}

/** As the page of a run says it. */
export async function lastStep(page: Page): Promise<number> {
  const text = await page.getByRole("status", { name: "Progress" }).innerText();
  return Number(/step (\d+) of/.exec(text)?.[1] ?? Number.NaN);
}
