// One trace read with keys alone in real Chromium, of a run that a served workbench really trained: why its reward, where a
// constraint was broken, its neighbours, its tokens, a note that is kept, and its text made again.

import type { Page } from "playwright";
import { beforeAll, describe, expect, test } from "vitest";
import { callFrom } from "../../build/renderer/call-from.ts";
import type { CallName, InputOf, OutputOf } from "../../shared/contract/contract.ts";
import type { TraceDetail } from "../../shared/domain/trace-detail.ts";
import { seriousFindings } from "./testing/axe.ts";
import { see } from "./testing/browser.ts";
import { hasNoBrowser, useJourney } from "./testing/journey.ts";
import { waitForStatus } from "./testing/run-pages.ts";

describe.skipIf(hasNoBrowser)("one trace", () => {
  const journey = useJourney({ example: true });
  let page: Page;
  /** Of the first step, which the base model sampled; something in it fails at a place in the answer. */
  let trace: TraceDetail;

  beforeAll(async () => {
    ({ page } = journey);
    await page.getByRole("link", { name: "Example: six quick steps" }).click();
    await waitForStatus(page, "finished");
    trace = await findTrace();
  });

  test("says why its reward: a sum that adds up, and each constraint with what was found", async () => {
    await journey.go(`#/traces/${trace.row.rolloutId}`);
    await see(page.getByRole("heading", { name: "How its reward came about" })).toBeVisible();
    const numbers = Object.fromEntries(await lines());
    expect(numbers["format"]).toBe(trace.row.formatReward);
    expect(numbers["accuracy"]).toBeCloseTo(trace.row.accuracyReward, 2);
    expect(numbers["reward"]).toBeCloseTo((numbers["format"] ?? NaN) + (numbers["accuracy"] ?? NaN), 1);
    if (trace.row.advantage !== null) expect(numbers["advantage"]).toBeCloseTo(trace.row.advantage, 2);
    for (const { state, got } of trace.verdicts) {
      if (state === "pass" || state === "fail") await see(page.getByRole("group", { name: "Constraints" })).toContainText(got);
    }
    await see(page.getByRole("group", { name: "Answer" })).toContainText((trace.answer ?? "").split("\n")[0] ?? "");
  });

  test("x leads to a failure and marks its places in the answer; arrows go on, Escape lets go", async () => {
    const constraints = page.getByRole("group", { name: "Constraints" }).getByRole("button");
    const marks = page.getByRole("group", { name: "Answer" }).locator("mark.active");
    await see(marks).toHaveCount(0);
    const spots = trace.verdicts.filter(({ state, spans }) => state === "fail" && spans.length > 0);
    // Around all failures until the one that has places.
    for (let presses = 0; presses < trace.verdicts.length && (await marks.count()) === 0; presses++) await page.keyboard.press("x");
    await see(page.locator("[aria-pressed=true]:focus")).toHaveCount(1);
    const path = await page.locator("[aria-pressed=true]:focus").getAttribute("data-path");
    const verdict = spots.find((spot) => spot.path === path);
    expect(verdict).toBeDefined();
    const marked = (await marks.allTextContents()).join("");
    for (const { start, end } of verdict?.spans ?? []) expect(marked).toContain((trace.answer ?? "").slice(start, end));

    const count = await constraints.count();
    await page.keyboard.press("Home");
    await see(constraints.first()).toBeFocused();
    if (count > 1) {
      await page.keyboard.press("ArrowDown");
      await see(constraints.nth(1)).toBeFocused();
    }
    await page.keyboard.press("Escape");
    await see(page.locator("[data-path][aria-pressed=true]")).toHaveCount(0);
  });

  test("brackets go through the samples of the prompt, j and k through the list", async () => {
    const { siblings, row } = trace;
    const at = siblings.findIndex(({ rolloutId }) => rolloutId === row.rolloutId);
    const [key, back] = at + 1 < siblings.length ? ["]", "["] : ["[", "]"];
    const neighbour = siblings[key === "]" ? at + 1 : at - 1];
    await page.keyboard.press(key);
    await see(page).toHaveURL(new RegExp(`#/traces/${neighbour?.rolloutId}$`));
    await see(page.locator("nav [aria-current=page][href*='#/traces/']")).toHaveAttribute(
      "href",
      new RegExp(`#/traces/${neighbour?.rolloutId}$`),
    );
    // Both have the same constraints: the one that was looked at stays chosen.
    await page.locator("[data-path]").first().focus();
    await page.keyboard.press("Enter");
    const chosen = page.locator("[data-path][aria-pressed=true]");
    const path = await chosen.getAttribute("data-path");
    await page.keyboard.press(back);
    await see(page).toHaveURL(new RegExp(`#/traces/${row.rolloutId}$`));
    await see(page.getByText(`sample ${row.sampleIndex + 1} of ${siblings.length}`)).toBeVisible();
    await see(chosen).toHaveAttribute("data-path", path ?? "none was chosen");

    // Of the failures by falling reward, as the list would say it in the address.
    const view = { filter: { runId: trace.runId, outcome: "failures" }, sort: { column: "reward", descending: true } } as const;
    const position = await ask("traces.position", { ...view, rolloutId: row.rolloutId });
    await journey.go(`#/traces/${row.rolloutId}?run=${trace.runId}&show=failures&sort=-reward`);
    await see(page.getByText(`${(position.index ?? 0) + 1} of ${position.total}`)).toBeVisible();
    const [step, there, again] = position.next === null ? ["k", position.previous, "j"] : ["j", position.next, "k"];
    expect(there).not.toBeNull();
    await page.keyboard.press(step);
    await see(page).toHaveURL(new RegExp(`#/traces/${there}\\?run=${trace.runId}&show=failures&sort=-reward$`));
    await see(page.getByRole("link", { name: step === "j" ? "Previous" : "Next", exact: true })).toBeVisible();
    await page.keyboard.press(again);
    await see(page).toHaveURL(new RegExp(`#/traces/${row.rolloutId}\\?`));
  });

  test("t goes to the tokens, arrows say the numbers of each, digits choose the number that colours them", async () => {
    const tokens = await ask("traces.tokens", { rolloutId: trace.row.rolloutId });
    const map = page.getByRole("listbox", { name: /^Tokens/ });
    await see(map.getByRole("option")).toHaveCount(tokens.tokenIds.length);
    await page.keyboard.press("t");
    await see(map).toBeFocused();
    await page.keyboard.press("ArrowRight");
    await see(map.getByRole("option").nth(1)).toHaveAttribute("aria-selected", "true");
    await see(page.getByText(`token 2 of ${tokens.tokenIds.length}`)).toBeVisible();
    await see(page.getByText(`id ${tokens.tokenIds[1]}`, { exact: true })).toBeVisible();
    await page.keyboard.press("2");
    await see(page.getByRole("tab", { name: "entropy" })).toHaveAttribute("aria-selected", "true");
    await page.keyboard.press("4");
    await see(map).toHaveAttribute("aria-label", "Tokens with their ratio");
  });

  test("a vote and a comment are kept", async () => {
    await page.keyboard.press("v");
    await see(page.getByRole("button", { name: "Good" })).toHaveAttribute("aria-pressed", "true");
    await page.keyboard.press("c");
    const comment = page.getByRole("textbox", { name: "Comment" });
    await see(comment).toBeFocused();
    // Letters are text here, not keys of the page.
    await page.keyboard.type("just two sentences");
    await page.keyboard.press("Escape");
    await see(comment).not.toBeFocused();
    await see(page.getByText("kept", { exact: true })).toBeVisible();
    expect(await ask("annotations.getTrace", { rolloutId: trace.row.rolloutId })).toEqual({ vote: 1, comment: "just two sentences" });
    await page.reload();
    await see(page.getByRole("button", { name: "Good" })).toHaveAttribute("aria-pressed", "true");
    await see(page.getByRole("textbox", { name: "Comment" })).toHaveValue("just two sentences");
    await page.keyboard.press("b");
    await see(page.getByRole("button", { name: "Bad" })).toHaveAttribute("aria-pressed", "true");
  });

  test("r makes the text again from the same weights and seed: identical", async () => {
    expect(trace.origin.canRegenerate).toBe(true);
    await page.keyboard.press("r");
    const again = page.getByRole("region", { name: "Made again" });
    await see(again.getByText("identical")).toBeVisible();
    await see(again).toContainText((trace.answer ?? "").split("\n")[0] ?? "");
  });

  test("a number that was not stored is computed on request", async () => {
    const bare = trace.siblings.find(({ mode }) => mode === "empty");
    if (bare === undefined) throw new Error("the example samples no response without reasoning");
    await journey.go(`#/traces/${bare.rolloutId}`);
    await see(page.getByText("Answered without reasoning")).toBeVisible();
    await page.keyboard.press("3");
    const compute = page.getByRole("button", { name: "Compute it" });
    await compute.focus();
    await page.keyboard.press("Enter");
    await see(page.getByText("Computed now under the base model, which sampled this response")).toBeVisible();
    // The reference is the base model itself, so there is nothing between them.
    await see(page.getByText(/KL\s+0\.00 on average/)).toBeVisible();
    await journey.go(`#/traces/${trace.row.rolloutId}`);
  });

  test("axe finds nothing serious", async () => {
    await see(page.getByRole("listbox", { name: /^Tokens/ })).toBeVisible();
    await page.keyboard.press("x");
    expect(await seriousFindings(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")).toBe(0);
  });

  test("the example compares base and trained on the same held-out instructions, without anything being chosen", async () => {
    await expect.poll(async () => (await ask("jobs.queue", {})).length, { timeout: 60_000 }).toBe(0);
    await journey.go("#/compare");
    await see(page.getByRole("button", { name: "weights proven" })).toHaveCount(4);
    await see(page.getByText("1 of 24")).toBeVisible();
    await see(page.getByText("No answer to this prompt")).toHaveCount(0);
  });

  test("nothing that a page complained about went unseen", () => {
    expect(journey.browser.complaints).toEqual([]);
  });

  function ask<Name extends CallName>(name: Name, input: InputOf<Name>): Promise<OutputOf<Name>> {
    return callFrom(page, name, input);
  }

  async function findTrace(): Promise<TraceDetail> {
    const [run] = await ask("runs.list", { archived: false });
    if (run === undefined) throw new Error("the example is not there");
    const { rows } = await ask("traces.query", { filter: { runId: run.id, toStep: 1, mode: "think", outcome: "failures" }, limit: 500 });
    for (const { rolloutId } of rows) {
      const detail = await ask("traces.get", { rolloutId });
      if (detail.answer !== null && detail.verdicts.some(({ state, spans }) => state === "fail" && spans.length > 0)) return detail;
    }
    throw new Error("no response of the first step fails at a place in its answer");
  }

  /** Lines of the sum by their names, as they are shown. */
  async function lines(): Promise<[string, number][]> {
    const table = page.getByRole("region", { name: "How its reward came about" }).getByRole("row");
    const names = await table.getByRole("rowheader").allTextContents();
    const values = await table.locator("td.value").allTextContents();
    return names.map((name, index) => [name.trim(), Number(values[index]?.trim().replace("\u2212", "-"))]);
  }
});
