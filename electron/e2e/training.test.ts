// Journeys of a training session in real Chromium, against a served workbench with the real engine and the shipped model.

import path from "node:path";
import type { Page } from "playwright";
import { beforeAll, describe, expect, test } from "vitest";
import { see } from "./testing/browser.ts";
import { hasNoBrowser, useJourney } from "./testing/journey.ts";
import { startServed } from "./testing/served-process.ts";
import { lastStep, startSession, waitForStatus } from "./testing/run-pages.ts";

describe.skipIf(hasNoBrowser)("a training session", () => {
  const journey = useJourney({ example: true });
  let page: Page;

  beforeAll(() => {
    ({ page } = journey);
  });

  test("first start: models, data and an example are there, and a session of one's own runs to its end", async () => {
    expect(page.url()).toBe(`${journey.served.origin}/`);
    await see(page.getByRole("link", { name: "Nano (shipped)" })).toBeVisible();
    await see(page.getByRole("link", { name: /starter/i }).first()).toBeVisible();
    await see(page.getByRole("link", { name: "Example: six quick steps" })).toBeVisible();
    // No need to wait for the example: it is stopped like any run.
    await page.getByRole("link", { name: "Example: six quick steps" }).click();
    await page.getByRole("button", { name: "Stop and save" }).click();
    await waitForStatus(page, "stopped");

    await page.getByRole("link", { name: "Start", exact: true }).click();
    await page.getByRole("link", { name: "Start a training session" }).click();
    await startSession(page, { name: "First of my own", steps: 2 });
    await waitForStatus(page, "finished");
    expect(await lastStep(page)).toBe(2);
    await see(page.locator("canvas").first()).toBeVisible();
    await see(page.getByRole("img", { name: /checks hold/ }).first()).toBeVisible();
    await page.getByRole("tab", { name: "Checkpoints and hashes" }).click();
    await see(page.getByRole("cell", { name: "resumable" }).first()).toBeVisible();
  });

  test("a fork starts from a checkpoint with changed settings, and says where it comes from", async () => {
    await page.getByRole("button", { name: "Fork" }).click();
    const dialog = page.getByRole("dialog", { name: "Fork First of my own" });
    await dialog.getByLabel("Changed settings").fill("steps = 3\nlearningRate = 1e-4");
    await dialog.getByLabel("Name").fill("The fork");
    await dialog.getByRole("button", { name: "Fork" }).click();
    await page.getByRole("link", { name: "Runs", exact: true }).first().click();
    await page.getByRole("link", { name: "The fork" }).click();
    await waitForStatus(page, "finished");
    await see(page.getByRole("link", { name: /from run \d+, step 2/ })).toBeVisible();
    expect(await lastStep(page)).toBe(3);
  });

  test("paused, gone on with, its engine killed, gone on with again: no step is lost and none is made twice", async () => {
    await page.getByRole("link", { name: "Runs", exact: true }).first().click();
    await page.getByRole("link", { name: "New training session" }).click();
    await startSession(page, { name: "Interrupted", steps: 200 });
    await waitForStep(1);
    await page.getByRole("button", { name: "Pause" }).click();
    await waitForStatus(page, "paused");
    const paused = await lastStep(page);

    const curve = page.locator("figure canvas").first();
    await page.evaluate(`document.querySelector("figure canvas").setAttribute("data-seen", "before")`);
    await page.getByRole("button", { name: "Resume" }).click();
    await waitForStep(paused + 1);
    // The same chart with one step more, not another that has lost its zoom.
    await see(curve).toHaveAttribute("data-seen", "before");
    const engine = journey.served.enginePid();
    expect(engine).toBeDefined();
    process.kill(engine as number, "SIGKILL");
    await see(page.getByRole("alert")).toContainText("The engine stopped in this run");
    await see(page.getByRole("alert")).toContainText("SIGKILL");
    await see(page.getByText("engine stopped unexpectedly")).toBeVisible();
    const killed = await lastStep(page);
    expect(killed).toBeGreaterThan(paused);

    await page.getByRole("alert").getByRole("button", { name: "Resume" }).click();
    await waitForStep(killed + 1);
    await see(page.getByRole("alert")).toHaveCount(0);
    await page.getByRole("button", { name: "Stop and save" }).click();
    await waitForStatus(page, "stopped");
    const runId = Number(/runs\/(\d+)/.exec(page.url())?.[1]);
    const stored = await storedSteps(runId);
    expect(stored).toEqual(Array.from({ length: await lastStep(page) }, (_, index) => index + 1));
  });

  test("the page may be reloaded and the host may die at any moment: what is shown comes back", async () => {
    await journey.go("#/new-run");
    await startSession(page, { name: "Reloaded", steps: 200 });
    await waitForStep(1);
    const address = page.url();
    await page.reload();
    expect(page.url()).toBe(address);
    await waitForStatus(page, "running");
    await waitForStep(2);

    await journey.served.kill();
    await see(page.getByText(/does not answer/).first()).toBeVisible();
    page = await journey.restart();
    await page.getByRole("link", { name: "Reloaded" }).click();
    await waitForStatus(page, "interrupted");
    const before = await lastStep(page);
    await page.getByRole("button", { name: "Resume" }).first().click();
    await waitForStep(before + 1);
    await page.getByRole("button", { name: "Stop and save" }).click();
    await waitForStatus(page, "stopped");
  });

  test("a run goes into a file, and the file opens elsewhere: brought in, or only looked at", async () => {
    const file = path.join(journey.folder, "exported.raif");
    await page.getByRole("link", { name: "Runs", exact: true }).first().click();
    await page.getByRole("link", { name: "First of my own" }).click();
    await page.getByRole("tab", { name: "Checkpoints and hashes" }).click();
    await page.getByRole("button", { name: "Save the run as a file" }).click();
    await givePath(file);
    await see(page.getByText(`Saved to ${file}.`)).toBeVisible();

    const elsewhere = await startServed({ workspaceFile: path.join(journey.folder, "elsewhere.raif") });
    try {
      page = await journey.browser.open(elsewhere.url);
      await page.getByRole("link", { name: "Settings", exact: true }).click();
      await page.getByRole("button", { name: "Open another one to read" }).click();
      await givePath(file);
      await see(page.getByText("exported.raif (read-only)").first()).toBeVisible();
      await page.getByRole("link", { name: "Runs", exact: true }).first().click();
      await page.getByRole("link", { name: "First of my own" }).click();
      expect(await lastStep(page)).toBe(2);
      await see(page.locator("canvas").first()).toBeVisible();

      await page.getByRole("link", { name: "Settings", exact: true }).click();
      await page.getByRole("button", { name: "Back to the own workspace" }).click();
      await page.getByRole("link", { name: "Runs", exact: true }).first().click();
      await see(page.getByText("No run yet")).toBeVisible();
      await page.getByRole("button", { name: "Bring in" }).click();
      await givePath(file);
      await page.getByRole("link", { name: "First of my own" }).click();
      expect(await lastStep(page)).toBe(2);
    } finally {
      await elsewhere.end();
    }
  });

  test("nothing that a page complained about went unseen", () => {
    expect(journey.browser.complaints).toEqual([]);
  });

  function waitForStep(step: number): Promise<void> {
    return see
      .poll(() => lastStep(page))
      .toBeGreaterThanOrEqual(step)
      .then(() => undefined);
  }

  async function givePath(file: string): Promise<void> {
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Path on this machine").fill(file);
    await dialog.getByRole("button", { name: "OK" }).click();
    await see(dialog).toBeHidden();
  }

  /** Numbers of all steps that have a reward, as the workspace holds them. */
  async function storedSteps(runId: number): Promise<readonly number[]> {
    return page.evaluate(async (id) => {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ runIds: [id], names: ["reward"] });
      const answer = (await (await fetch("/call/runs.metrics", { method: "POST", headers, body })).json()) as {
        readonly value: readonly { readonly steps: readonly number[] }[];
      };
      return answer.value[0]?.steps ?? [];
    }, runId);
  }
});
