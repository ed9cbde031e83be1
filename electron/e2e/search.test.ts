// Searching among more than 100,000 stored rollouts in real Chromium, by keyboard: words, regular expressions, filters and groups find
// exactly the rollouts that the workspace holds, and the address shows the same again.

import type { Page } from "playwright";
import { beforeAll, describe, expect, test } from "vitest";
import { formatCount } from "../../renderer/lib/format.ts";
import { addMadeUpRun } from "../../build/bench/made-up-run.ts";
import { repeatRun } from "../../build/bench/repeat-run.ts";
import { allRows, run } from "../storage/connection.ts";
import { openWorkspace } from "../storage/open-workspace.ts";
import { see } from "./testing/browser.ts";
import { hasNoBrowser, useJourney } from "./testing/journey.ts";

const NEEDLE = " quizzaciously";
const RAREST_STEP = 500;

describe.skipIf(hasNoBrowser)("search among 100,000 traces", () => {
  let page: Page;
  let rollouts = 0;
  let needleId = 0;
  let failuresOfStep = 0;

  const journey = useJourney({ fill });
  beforeAll(() => {
    ({ page } = journey);
  });

  async function fill(file: string): Promise<void> {
    const db = openWorkspace(file, { create: true });
    repeatRun(db, await addMadeUpRun(db, 2000, () => undefined), 48);
    const count = (from: string): number => allRows<{ n: number }>(db, `SELECT count(*) AS n FROM ${from}`)[0]?.n ?? 0;
    needleId = allRows<{ id: number }>(
      db,
      `SELECT rollout_id AS id FROM trace_rows WHERE step = ${RAREST_STEP} AND mode = 'think' ORDER BY group_index DESC LIMIT 1`,
    )[0]?.id as number;
    const words = "rowid, think, searchable_answer) SELECT id, think, searchable_answer FROM rollouts WHERE id = ?";
    run(db, `INSERT INTO rollouts_fts (rollouts_fts, ${words.replace("SELECT", "SELECT 'delete',")}`, needleId);
    run(
      db,
      "UPDATE rollouts SET think = think || ?, text = replace(text, '</think>', ? || '</think>') WHERE id = ?",
      NEEDLE,
      NEEDLE,
      needleId,
    );
    run(db, `INSERT INTO rollouts_fts (${words}`, needleId);
    rollouts = count("rollouts");
    failuresOfStep = count(`trace_rows WHERE step = ${RAREST_STEP} AND passes = 0`);
    db.close();
  }

  const found = () => page.locator(".end [role=status]");
  const said = (count: number, what = "rollout"): string => `${formatCount(count)} ${what}${count === 1 ? "" : "s"}`;

  test("one word among all, found from the keyboard and opened", async () => {
    expect(rollouts).toBeGreaterThan(100_000);
    await journey.go("#/traces");
    await see(found()).toHaveText(said(rollouts));
    await page.keyboard.press("/");
    await page.keyboard.type(NEEDLE.trim());
    await see(found()).toHaveText(said(1));
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await see(page).toHaveURL(new RegExp(`#/traces/${needleId}`));
    await see(page.getByRole("group", { name: "Reasoning", exact: true })).toContainText(NEEDLE.trim());
    await page.goBack();
    await see(found()).toHaveText(said(1));
  });

  test("a regular expression says the same as the word, and one that makes no sense says so", async () => {
    await journey.go(`#/traces?find=${encodeURIComponent("quiz+aciou.ly")}&regex=1`);
    await see(found()).toHaveText(said(1));
    await page.getByLabel("Search in prompt, reasoning and answer").fill("quiz(");
    await see(page.getByRole("alert")).toBeVisible();
    await page.getByLabel("Search in prompt, reasoning and answer").fill(`^(?!)${NEEDLE.trim()}`);
    await see(found()).toHaveText(said(0));
  });

  test("filters of a link count what the workspace holds; grouped by prompt nothing is lost", async () => {
    await journey.go(`#/traces?from=${RAREST_STEP}&to=${RAREST_STEP}&show=failures`);
    await see(found()).toHaveText(said(failuresOfStep));
    await page.getByLabel("Rows").selectOption("record");
    await see(found()).toContainText("prompt");
    await page.reload();
    await see(page.getByLabel("Rows")).toHaveValue("record");
  });
});
