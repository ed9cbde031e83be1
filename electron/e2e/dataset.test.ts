// Writing data in real Chromium: a nested instruction built from nothing with keys alone, an answer tried, what was done taken back, rows
// found and changed together, and a training on the result.

import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Page } from "playwright";
import { beforeAll, describe, expect, test } from "vitest";
import { callFrom } from "../../build/renderer/call-from.ts";
import { formatCount } from "../../renderer/lib/format.ts";
import { see } from "./testing/browser.ts";
import { hasNoBrowser, useJourney } from "./testing/journey.ts";

describe.skipIf(hasNoBrowser)("data", () => {
  const journey = useJourney();
  let page: Page;

  beforeAll(() => {
    ({ page } = journey);
  });

  const tree = () => page.getByRole("tree", { name: "Composition" });
  const stored = () => see(page.getByRole("status").filter({ hasText: /^stored$/ })).toBeVisible();

  /** Chooses a rule in the picker by typing. */
  async function rule(words: string): Promise<void> {
    await see(page.getByRole("combobox", { name: "Find a rule" })).toBeFocused();
    await page.keyboard.type(words);
    await page.keyboard.press("Enter");
    await see(page.getByRole("dialog")).toHaveCount(0);
  }

  test("a dataset begins with a copy of the shipped data", async () => {
    await page.keyboard.press("g");
    await page.keyboard.press("d");
    // A dialog begins at its first field, Escape gives the focus back, Enter sends it.
    const copy = page.getByRole("button", { name: "Copy the starter data" });
    await copy.click();
    await see(page.getByLabel("Name", { exact: true })).toBeFocused();
    await page.keyboard.press("Escape");
    await see(copy).toBeFocused();
    await page.keyboard.press("Enter");
    await see(page.getByLabel("Name", { exact: true })).toBeFocused();
    // Left and opened again before the browser has said that it was closed.
    await page.evaluate(`
      const dialog = document.querySelector("dialog[open]");
      dialog.dispatchEvent(new Event("cancel", { cancelable: true }));
      dialog.close();
      [...document.querySelectorAll("button")].find(({ textContent }) => textContent.includes("Copy the starter data")).click();
    `);
    await see(page.getByLabel("Name", { exact: true })).toBeFocused();
    await page.keyboard.press("Enter");
    await see(page).toHaveURL(/#\/data\/1$/);
    await see(page.getByRole("grid")).toHaveAttribute("aria-rowcount", "3841");
  });

  test("a nested instruction from nothing, with keys alone", async () => {
    await page.keyboard.press("i");
    await see(page).toHaveURL(/#\/data\/1\/\d+$/);
    await see(page.getByRole("textbox", { name: "Instruction" })).toBeFocused();
    await page.keyboard.type(
      "Read the text. If it speaks of a cat, write without commas. Otherwise answer in capitals. Use two words or more.",
    );
    await page.keyboard.press("Tab");
    await page.keyboard.press("Escape");
    await page.keyboard.press("a");
    await rule("punctuation:no_comma");
    await page.keyboard.press("w");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("r");
    await rule("keywords:existence");
    await page.getByLabel("keywords").fill("cat");
    await page.keyboard.press("Escape");
    await see(tree()).toContainText("if the input");
    // Otherwise: a question stands there first, which a rule replaces.
    await page.keyboard.press("o");
    await see(page.getByLabel("Question")).toBeFocused();
    await page.keyboard.type("Is it loud?");
    await page.keyboard.press("Escape");
    await page.keyboard.press("a");
    await rule("raif:uppercase");
    await page.keyboard.press("ArrowUp");
    await see(page.getByRole("treeitem", { selected: true })).toContainText("Is it loud?");
    await page.keyboard.press("Delete");
    // Around it all: an And with a further rule.
    await page.keyboard.press("Home");
    await page.keyboard.press("g");
    await page.keyboard.press("a");
    // Found by what people call it; the focus is at its first argument, whose example goes when one types.
    await rule("number of words");
    await page.getByLabel("num words").fill("2");
    await page.getByLabel("relation").selectOption("at least");
    await page.keyboard.press("Escape");
    await page.getByLabel("Input text").fill("My cat sleeps.");
    await page.keyboard.press("Escape");
    await see(tree()).toContainText("true here");
    await stored();
    await page.reload();
    await see(tree().getByRole("treeitem")).toHaveText([
      /all of/,
      /depending on the input/,
      /cat/,
      /comma/,
      /otherwise/,
      /all of/,
      /capital/,
      /2 words/,
    ]);
  });

  test("an answer is tried: what holds, what does not, and what does not count", async () => {
    await page.getByLabel("Answer to try").fill("one, two");
    const verdicts = page.getByRole("list", { name: "Verdicts" }).getByRole("listitem");
    await see(verdicts.nth(0).getByRole("img")).toHaveAccessibleName("failed");
    await see(verdicts.nth(1).getByRole("img")).toHaveAccessibleName("inactive");
    await see(verdicts.nth(2).getByRole("img")).toHaveAccessibleName("passed");
    await see(page.getByText("1 of 2 checks hold")).toBeVisible();
    // What is chosen in the tree is shown in the answer.
    await page.keyboard.press("Escape");
    await page.keyboard.press("End");
    await see(page.getByRole("region", { name: "Text" }).locator("mark.active")).toHaveText(["one", "two"]);
    await page.getByLabel("Answer to try").fill("one two");
    await see(page.getByText("2 of 2 checks hold")).toBeVisible();
    await page.keyboard.press("Escape");
    await page.keyboard.press("End");
    await page.keyboard.press("Delete");
    await see(tree().getByRole("treeitem")).toHaveCount(7);
    await stored();
    await page.keyboard.press("Control+z");
    await see(tree().getByRole("treeitem")).toHaveCount(8);
    await see(page.getByText(/^Undone: change/)).toBeVisible();
    await page.keyboard.press("Control+Shift+z");
    await see(tree().getByRole("treeitem")).toHaveCount(7);
    await page.keyboard.press("Control+z");
    await see(tree().getByRole("treeitem")).toHaveCount(8);
    await page.keyboard.press("End");
    await page.keyboard.press("d");
    await see(tree().getByRole("treeitem")).toHaveCount(9);
    await see(tree().getByRole("treeitem").last()).toHaveAttribute("aria-selected", "true");
    await page.keyboard.press("Delete");
    await see(tree().getByRole("treeitem")).toHaveCount(8);
    // A field keeps its own undo.
    await page.getByLabel("Answer to try").fill("kept");
    await page.keyboard.type(" words");
    await page.keyboard.press("Control+z");
    await see(tree().getByRole("treeitem")).toHaveCount(8);
    await page.keyboard.press("Escape");
  });

  test("rules that the text asks for are added with a key, and a rule of one's own is tried", async () => {
    await page.keyboard.press("i");
    await see(page.getByText("Nothing verifies an answer yet")).toBeVisible();
    await see(page.getByRole("textbox", { name: "Instruction" })).toBeFocused();
    await page.keyboard.type("Name two rivers. Use at least two words and do not use any commas.");
    await page.keyboard.press("Escape");
    await see(page.getByRole("list", { name: "Suggested rules" }).getByRole("listitem")).toHaveCount(2);
    await page.keyboard.press("s");
    await see(tree().getByRole("treeitem")).toHaveText([/all of/, /2 words/, /comma/]);
    await see(page.getByRole("list", { name: "Suggested rules" })).toHaveCount(0);
    // The words are tied: choosing a rule shows them, marking other words while writing ties those.
    await see(page.locator("mark.active")).toHaveText("do not use any commas");
    await page.keyboard.press("e");
    await page.keyboard.press("Control+Home");
    for (const _ of "Name two") await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("Alt+l");
    await page.keyboard.press("Escape");
    await see(page.locator("mark.active")).toHaveText("Name two");
    await page.keyboard.press("Shift+L");
    await see(page.locator("mark.active")).toHaveCount(0);
    // Up, into a group before it, and out again.
    await page.keyboard.press("Alt+ArrowUp");
    await see(tree().getByRole("treeitem")).toHaveText([/all of/, /comma/, /2 words/]);
    await page.keyboard.press("c");
    await page.keyboard.press("End");
    await page.keyboard.press("Alt+ArrowRight");
    await see(tree().getByRole("treeitem", { level: 3 })).toHaveText([/comma/, /2 words/]);
    await page.keyboard.press("Alt+ArrowLeft");
    await see(tree().getByRole("treeitem", { level: 2 })).toHaveText([/in order/, /2 words/]);
    // The same by mouse: onto a group, above a row, and let go with Escape.
    const row = (words: RegExp) => tree().getByRole("treeitem").filter({ hasText: words });
    await row(/2 words/).dragTo(row(/in order/));
    await see(tree().getByRole("treeitem", { level: 3 })).toHaveText([/comma/, /2 words/]);
    await row(/2 words/).dragTo(row(/in order/), { targetPosition: { x: 60, y: 3 } });
    await see(tree().getByRole("treeitem", { level: 2 })).toHaveText([/2 words/, /in order/]);
    await row(/2 words/).hover();
    await page.mouse.down();
    await row(/comma/).hover();
    await row(/comma/).hover();
    await see(tree().locator(".over, .before")).toHaveCount(1);
    await page.keyboard.press("Escape");
    await page.mouse.up();
    await see(tree().locator(".over, .before, .moving")).toHaveCount(0);
    await see(tree().getByRole("treeitem", { level: 2 })).toHaveText([/2 words/, /in order/]);
    await row(/2 words/).dragTo(row(/in order/), { targetPosition: { x: 60, y: 22 } });
    await page.keyboard.press("Alt+ArrowLeft");
    await see(tree().getByRole("treeitem", { level: 2 })).toHaveText([/in order/, /2 words/]);
    // Onto a condition: into what it decides about.
    await row(/comma/).click();
    await page.keyboard.press("w");
    await row(/2 words/).dragTo(row(/if true/));
    await see(tree().getByRole("treeitem")).toHaveText([/all of/, /in order/, /depending/, /if true/, /all of/, /comma/, /2 words/]);
    await page.keyboard.press("p");
    await page.getByLabel("Rule", { exact: true }).fill("function check(text) {\n  return nothing;\n}");
    await page.getByRole("button", { name: "Try it on the answer" }).click();
    await see(page.getByText(/line 2: .*nothing/)).toBeVisible();
    await page.getByLabel("Rule", { exact: true }).fill("function check(text) {\n  return text === '';\n}");
    await page.getByRole("button", { name: "Try it on the answer" }).click();
    await see(page.getByRole("status").filter({ hasText: "holds" })).toBeVisible();
    await page.keyboard.press("Escape");
    await stored();
  });

  test("rows are found, changed together and brought back", async () => {
    await journey.go("#/data/1?kind=nested&depth=3&expert=1");
    const count = page.getByRole("status").filter({ hasText: "rows" });
    await see(count).toContainText("210");
    await page.keyboard.press("s");
    await see(page.getByLabel("Split", { exact: true })).toBeFocused();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("hard");
    await page.keyboard.press("Enter");
    await see(page.getByText("210 rows changed")).toBeVisible();
    await journey.go("#/data/1?split=hard");
    await see(count).toContainText("210");
    await page.keyboard.press("Control+z");
    await see(page.getByText("No row matches")).toBeVisible();
    await page.keyboard.press("Control+Shift+z");
    await see(count).toContainText("210");
    await journey.go("#/data/1?tab=versions");
    await see(page.getByRole("row")).not.toHaveCount(0);
    await see(page.getByText("210 changed")).toBeVisible();
    const { rows } = await callFrom(page, "dataset.rows", { datasetId: 1, filter: { splits: ["hard"] }, limit: 1 });
    expect(rows[0]?.composition).toBe("nested");
  });

  const current = () => page.locator("[role=row].current");

  test("split, tags and id of a row are written in the table, each as a version that can be undone", async () => {
    await callFrom(page, "dataset.edit", { datasetId: 1, edits: [{ type: "set", rowId: 2, split: "seen before" }] });
    await journey.go("#/data/1");
    await page.evaluate(`localStorage.setItem("raif.dataset.columns", "position,id,split,tags,source,state")`);
    await page.reload();
    await see(page.getByRole("grid")).toHaveAttribute("aria-multiselectable", "true");
    await page.keyboard.press("j");
    await page.keyboard.press("F2");
    const field = (column: string) => page.getByRole("combobox", { name: new RegExp(`^${column} of `) });
    await see(field("split")).toBeFocused();
    await see(page.locator("datalist option").first()).toBeAttached();
    await page.keyboard.type("by hand");
    await page.keyboard.press("Enter");
    await see(page.getByText(/^split of .* is now “by hand”/)).toBeVisible();
    await see(page.getByRole("grid")).toBeFocused();
    await see(current()).toContainText("by hand");
    // From cell to cell by Tab, each stored on the way.
    await page.keyboard.press("Enter");
    await see(field("split")).toHaveValue("by hand");
    await page.keyboard.press("Tab");
    await see(field("tags")).toBeFocused();
    await page.keyboard.press("End");
    await page.keyboard.type(", mine, level=2");
    await page.keyboard.press("Tab");
    await see(field("source")).toBeFocused();
    await page.keyboard.type("never stored");
    await page.keyboard.press("Escape");
    await see(page.getByRole("grid")).toBeFocused();
    await see(current()).not.toContainText("never stored");
    const first = async () => (await callFrom(page, "dataset.rows", { datasetId: 1, limit: 1 })).rows[0];
    expect((await first())?.tags).toEqual(expect.arrayContaining(["level=2", "mine"]));
    expect((await first())?.split).toBe("by hand");
    // By arrows to the id; what is refused stays in the field.
    for (const _ of ["tags", "state", "split", "id"]) await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Enter");
    await see(field("id")).toBeFocused();
    await page.keyboard.press("Delete");
    await page.keyboard.press("Enter");
    await see(page.getByText("a row needs an id")).toBeVisible();
    await see(field("id")).toHaveAttribute("aria-invalid", "true");
    await page.keyboard.type("the-first");
    await page.keyboard.press("Enter");
    await see(current()).toContainText("the-first");
    await page.keyboard.press("Control+z");
    await see(current()).not.toContainText("the-first");
    // By mouse: a row under the pointer shows where it can be written in.
    await current().hover();
    await page.getByRole("button", { name: /^Write: split of/ }).click();
    await see(field("split")).toHaveValue("by hand");
    await page.keyboard.press("Escape");
  });

  test("rows are chosen from one to another, all at once, and a row is gone to by its id or number", async () => {
    const chosen = (count: number) =>
      see(page.getByRole("button", { name: `Change ${formatCount(count)} chosen row${count === 1 ? "" : "s"}` })).toBeVisible();
    await journey.go("#/data/1?kind=nested&depth=3&expert=1");
    await see(page.getByRole("status").filter({ hasText: "210 rows" })).toBeVisible();
    await page.keyboard.press("Home");
    for (const _ of "123") await page.keyboard.press("Shift+ArrowDown");
    await chosen(4);
    await page.keyboard.press("Shift+ArrowUp");
    await chosen(3);
    await page.keyboard.press("End");
    await page.keyboard.press("Shift+ArrowUp");
    await chosen(5);
    await page.keyboard.press("Home");
    await page.keyboard.press("Shift+End");
    const { total, rows } = await callFrom(page, "dataset.rows", {
      datasetId: 1,
      filter: { compositions: ["nested"], depths: [3], expert: true },
    });
    await chosen(total);
    await page.keyboard.press("u");
    await page.keyboard.press("Home");
    await see(page.getByRole("row").nth(1)).toContainText(rows[0]?.id ?? "");
    await page.getByRole("row").nth(2).getByRole("gridcell").first().click();
    await page
      .getByRole("row")
      .nth(5)
      .click({ modifiers: ["Shift"] });
    await chosen(4);
    await page
      .getByRole("row")
      .nth(4)
      .click({ modifiers: ["ControlOrMeta"] });
    await chosen(3);
    await page.keyboard.press("Control+a");
    await chosen(total);
    // Fields keep their own Ctrl+A.
    await page.keyboard.press("u");
    await page.keyboard.press("/");
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Escape");
    await see(page.getByRole("button", { name: /chosen row/ })).toHaveCount(0);

    const wanted = rows[40]!;
    await page.keyboard.press("Control+g");
    await see(page.getByRole("textbox", { name: "Row", exact: true })).toBeFocused();
    await page.keyboard.type(wanted.id);
    await page.keyboard.press("Enter");
    await see(current()).toContainText(wanted.id);
    // The way back from an instruction leads to its row, or to the one that was gone on to.
    await page.keyboard.press("Enter");
    await see(page.getByText(`41 of ${formatCount(total)}`)).toBeVisible();
    await page.keyboard.press("j");
    await see(page.getByText(`42 of ${formatCount(total)}`)).toBeVisible();
    await page.getByRole("navigation", { name: "Breadcrumbs" }).getByRole("link").last().click();
    await see(current()).toContainText(rows[41]?.id ?? "");
    // One that the filter leaves out.
    const { rows: all } = await callFrom(page, "dataset.rows", {
      datasetId: 1,
      filter: { compositions: ["single"] },
      offset: 90,
      limit: 1,
    });
    await page.keyboard.press("Control+g");
    await page.keyboard.type(String(all[0]?.position));
    await page.keyboard.press("Enter");
    await see(page.getByText("the filter leaves it out")).toBeVisible();
    await page.keyboard.press("Enter");
    await see(current()).toContainText(all[0]?.id ?? "");
    await see(page).toHaveURL(/#\/data\/1$/);
    await page.keyboard.press("?");
    await see(page.getByRole("dialog")).toContainText("Go to a row by number or id");
    await page.keyboard.press("Escape");
  });

  test("demonstrations are checked together, answers of a file too: any number, filtered, their rows changed together", async () => {
    await journey.go("#/data/1?tab=check&kind=nested&depth=3&expert=1");
    await page.getByRole("button", { name: "Check the demonstrations of 210 rows" }).click();
    await see(page.getByRole("status").filter({ hasText: "210 of 210 answers follow" })).toBeVisible();
    const filter = { rules: ["punctuation:no_comma"], compositions: ["and" as const, "single" as const] };
    const { rows } = await callFrom(page, "dataset.rows", { datasetId: 1, filter, limit: 500 });
    // More answers than rows; now and then a comma to a person that is none to the public checker.
    const lines = rows.flatMap(({ id }, index) =>
      [index % 100 === 0 ? "一，二" : "one, two", "1, 2", ","].map((answer) => JSON.stringify({ id, answer })),
    );
    expect(lines.length).toBeGreaterThan(500);
    const answers = path.join(journey.folder, "answers.jsonl");
    writeFileSync(answers, lines.join("\n"));
    await journey.go("#/data/1?tab=check");
    await page.getByRole("button", { name: "Check answers from a file" }).click();
    await page.getByLabel("Path on this machine").fill(answers);
    await page.getByRole("button", { name: "OK" }).click();
    await see(page.getByRole("status").filter({ hasText: `of ${formatCount(lines.length)} answers follow` })).toBeVisible();
    const table = page.getByRole("grid", { name: "Answers" });
    await see(table).toHaveAttribute("aria-rowcount", String(lines.length + 1));
    await page.reload();
    // Where a check saw it is marked in the answer.
    const chosenAnswer = page.getByRole("region", { name: "The chosen answer" });
    await see(chosenAnswer).toContainText("一，二");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await see(chosenAnswer).toContainText("1, 2");
    await chosenAnswer.getByRole("button", { name: /^no commas/ }).focus();
    await see(chosenAnswer.locator("mark.active")).toHaveText([","]);
    await page.getByRole("button", { name: "punctuation:no_comma" }).click();
    await page.keyboard.press("3");
    const disagreeing = Math.ceil(rows.length / 100);
    await see(table).toHaveAttribute("aria-rowcount", String(disagreeing + 1));
    await page.keyboard.press("j");
    await see(page.getByRole("region", { name: "The chosen answer" })).toContainText("the other reading says");
    await page.keyboard.press("x");
    await see(page.getByRole("button", { name: "Change 1 chosen row" })).toBeVisible();
    await page.keyboard.press("u");
    await page.keyboard.press("t");
    await page.getByLabel("Add").fill("read-in-two-ways");
    await page.keyboard.press("Enter");
    await see(page.getByText(`${disagreeing} rows changed`)).toBeVisible();
    const tagged = await callFrom(page, "dataset.rows", { datasetId: 1, filter: { tags: ["read-in-two-ways"] } });
    expect(tagged.total).toBe(disagreeing);
    await page
      .getByRole("region", { name: "The chosen answer" })
      .getByRole("link", { name: rows[0]?.id ?? "" })
      .click();
    await see(page).toHaveURL(new RegExp(`#/data/1/${rows[0]?.rowId}`));
  });

  test("nothing that a page complained about went unseen", () => {
    expect(journey.browser.complaints).toEqual([]);
  });
});
