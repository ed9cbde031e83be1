// Data from outside in real Chromium: a file with bad rows comes in and is mended, one of an unknown layout by a mapping, the rows leave
// for a file that comes back equal; instructions are made by templates and by a model, duplicates among them removed, and what is left is
// trained on.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Page } from "playwright";
import { beforeAll, describe, expect, test } from "vitest";
import { callFrom } from "../../build/renderer/call-from.ts";
import { formatCount } from "../../renderer/lib/format.ts";
import { run } from "../storage/connection.ts";
import { openWorkspace } from "../storage/open-workspace.ts";
import { FLAWED_PROMPTS, writeFlawedFiles } from "../services/synthesis/testing/flawed-model.ts";
import { see } from "./testing/browser.ts";
import { hasNoBrowser, useJourney } from "./testing/journey.ts";
import { openSlowModel } from "./testing/slow-model.ts";
import { lastStep, startSession, waitForStatus } from "./testing/run-pages.ts";

const record = (id: string, words: number) => ({
  id,
  messages: [{ role: "user", content: `Name ${words} rivers in ${words} words.` }],
  label: {
    type: "tree",
    tree: { type: "rule", id: "length_constraints:number_words", kwargs: { relation: "at least", num_words: words } },
  },
});

/** One of many: the flaws decide how many samples it takes. */
const SYNTHESIS = { count: 6, seed: 11 };
const KEY = "sk-a-key-that-must-not-stay";

describe.skipIf(hasNoBrowser)("files of data", () => {
  const journey = useJourney();
  let page: Page;

  beforeAll(() => {
    ({ page } = journey);
  });

  function file(name: string, lines: readonly string[]): string {
    const whole = path.join(journey.folder, name);
    writeFileSync(whole, `${lines.join("\n")}\n`);
    return whole;
  }

  async function lookInto(filePath: string): Promise<void> {
    await page.getByLabel("File or folder on this machine").fill(filePath);
    await page.getByRole("button", { name: "Look into it" }).click();
  }

  test("a file with bad rows: what would come of it, then what came of it", async () => {
    const lines = [
      JSON.stringify(record("river-1", 3)),
      '{"id": "river-2", "messages": [{"role": "user", "content": "Name a river."}',
      JSON.stringify({ ...record("river-3", 5), messages: [] }),
      JSON.stringify(record("river-4", 7)),
    ];
    const rivers = file("rivers.jsonl", lines);
    await journey.go("#/data");
    await see(page.getByRole("link", { name: "Import", exact: true })).toBeVisible();
    await page.keyboard.press("i");
    await lookInto(rivers);
    const stored = page.getByRole("region", { name: "Records as they would be stored" });
    await see(stored.getByRole("row")).toHaveCount(3);
    await see(stored).toContainText("river-4");
    await see(page.getByRole("region", { name: "Rows that cannot be read" }).getByRole("row")).toHaveText([
      /line/,
      /rivers\.jsonl.*2.*not JSON/,
      /rivers\.jsonl.*3.*messages/,
    ]);
    await page.keyboard.press("Control+Enter");
    const came = page.getByRole("region", { name: "What came of the import" });
    await see(came).toContainText(/imported\s*2/);
    await see(came).toContainText(/could not be read\s*2/);
    await came.getByRole("link", { name: "Repair 2 rows" }).click();
    await see(page.getByRole("status").filter({ hasText: "2 rows to repair" })).toBeVisible();
  });

  test("bad rows are mended: one by one, and all that wait", async () => {
    const second = page.getByRole("textbox", { name: "Text of rivers.jsonl, line 2" });
    const third = page.getByRole("textbox", { name: "Text of rivers.jsonl, line 3" });
    await page.getByRole("button", { name: "Try again" }).first().click();
    await see(page.getByRole("listitem").filter({ has: second })).toContainText("not JSON");
    await second.fill(JSON.stringify(record("river-2", 4)));
    await page.getByRole("button", { name: "Try again" }).first().click();
    await see(second).toHaveCount(0);
    await see(third).toHaveValue(/"messages": \[\]/);
    await third.fill(JSON.stringify(record("river-3", 5)));
    await page.getByRole("button", { name: "Try all again" }).click();
    await see(page.getByText("Nothing to repair")).toBeVisible();
    await page.getByRole("tab", { name: "Rows" }).click();
    await see(page.getByRole("status").filter({ hasText: "4 rows" })).toBeVisible();
    // Each repair is a version that can be taken back.
    await page.getByRole("button", { name: "Undo", exact: true }).click();
    await see(page.getByRole("status").filter({ hasText: "3 rows" })).toBeVisible();
    await page.getByRole("button", { name: "Do again", exact: true }).click();
    await see(page.getByRole("status").filter({ hasText: "4 rows" })).toBeVisible();
  });

  test("a layout that nobody knows comes in by a mapping that is kept, into the same dataset", async () => {
    const unknown = file("unknown.jsonl", [
      JSON.stringify({ frage: "What is 2 + 3?", loesung: "5", stufe: "easy" }),
      JSON.stringify({ frage: "What is 2 * 3?", loesung: "6", stufe: "easy" }),
    ]);
    await page.getByRole("link", { name: "Import", exact: true }).click();
    await lookInto(unknown);
    await page.getByRole("button", { name: "Say which field is what" }).click();
    await page.getByLabel("Instruction", { exact: true }).fill("frage");
    await page.getByLabel("Maths answer").fill("loesung");
    await page.getByLabel("Tags").fill("stufe");
    const stored = page.getByRole("region", { name: "Records as they would be stored" });
    await see(stored.getByRole("row")).toHaveCount(3);
    await page.getByLabel("Keep it as").fill("quiz");
    await page.getByRole("button", { name: "Keep", exact: true }).click();
    await see(page.getByText('The mapping "quiz" is kept.')).toBeVisible();
    await page.getByRole("button", { name: "Import", exact: true }).click();
    const came = page.getByRole("region", { name: "What came of the import" });
    await see(came).toContainText(/imported\s*2/);
    // The same once more adds nothing.
    await page.getByRole("button", { name: "Import", exact: true }).click();
    await see(came).toContainText(/were there already\s*2/);
    await came.getByRole("link", { name: "Open rivers" }).click();
    await see(page.getByRole("status").filter({ hasText: "6 rows" })).toBeVisible();
  });

  test("what is shown leaves as a file and comes back equal", async () => {
    await journey.go("#/data/1?kind=single");
    await see(page.getByRole("status").filter({ hasText: "4 rows of 6" })).toBeVisible();
    await page.getByRole("button", { name: "Export", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Export" });
    await dialog.getByLabel("Format").selectOption("csv");
    const out = path.join(journey.folder, "out.csv");
    await dialog.getByLabel("Path on this machine").fill(out);
    await dialog.getByRole("button", { name: "Export" }).click();
    await see(page.getByText("4 rows written to")).toBeVisible();
    expect(existsSync(out)).toBe(true);
    const again = await callFrom(page, "datasetFiles.import", { path: out, name: "again" });
    expect(again).toMatchObject({ imported: 4, rejected: 0, notReady: 0 });
    const ids = async (datasetId: number) => {
      const { rows } = await callFrom(page, "dataset.rows", { datasetId, filter: { compositions: ["single"] } });
      return rows.map(({ id, text, rules }) => ({ id, text, rules }));
    };
    expect(await ids(again?.datasetId ?? 0)).toEqual(await ids(1));
  });

  test("fifty instructions are made from templates and taken into a new dataset", async () => {
    await journey.go("#/data");
    await page.getByRole("link", { name: "Synthesise" }).click();
    await page.getByLabel("How many").fill("50");
    await page.getByLabel("Seed").fill("7");
    await page.getByRole("button", { name: "Synthesise", exact: true }).click();
    const made = page.getByRole("region", { name: "What was made" });
    await see(made).toContainText("50 instructions of 50, 0 rejected");
    await see(page.getByRole("list", { name: "Samples" }).getByRole("listitem")).toHaveCount(20);
    await made.getByLabel("Name", { exact: true }).fill("Grown");
    await made.getByRole("button", { name: "Take in" }).click();
    await see(page.getByRole("navigation", { name: "Breadcrumbs" })).toContainText("Grown");
    await see(page.getByRole("status").filter({ hasText: "50 rows" })).toBeVisible();
  });

  test("a model behind an endpoint writes: cancelled, gone on with, its engine killed, gone on with; nothing is asked twice", async () => {
    const server = await openSlowModel(SYNTHESIS);
    try {
      await journey.go("#/synthesis");
      await page.getByLabel("Written by").selectOption("endpoint");
      await page.getByLabel("How many").fill(String(SYNTHESIS.count));
      await page.getByLabel("Seed", { exact: true }).fill(String(SYNTHESIS.seed));
      await page.getByLabel("Base address").fill(server.baseUrl);
      await page.getByLabel("Model", { exact: true }).fill("flawed");
      await page.getByLabel("Key", { exact: true }).fill(KEY);
      await page.getByLabel("Requests at once").fill("2");
      await page.getByLabel("Requests to start from").fill(writeFlawedFiles(journey.folder).seeds);
      for (const label of ["Chain", "Selection", "Nested, depth 2", "Nested, depth 3"]) await page.getByLabel(label).fill("0");
      await page.getByLabel("And: all of several").fill("1");
      await page.getByText("What the model is asked").click();
      for (const [name, text] of Object.entries(FLAWED_PROMPTS)) {
        await page.getByRole("tab", { name, exact: true }).click();
        await page.getByLabel(`Prompt: ${name}`, { exact: true }).fill(text);
      }
      await see(page.getByText("What the model is asked (9 changed)")).toBeVisible();

      server.pauseAfter(12);
      await page.keyboard.press("Control+Enter");
      await see.poll(() => server.held()).toBeGreaterThan(0);
      await page.reload();
      await see(page.getByLabel("Model", { exact: true })).toHaveValue("flawed");
      await page.getByRole("button", { name: "Cancel" }).click();
      await see(page.getByText("The last one was cancelled.")).toBeVisible();

      server.pauseAfter(12);
      await page.getByRole("button", { name: "Go on" }).click();
      await see.poll(() => server.held()).toBeGreaterThan(0);
      process.kill(journey.served.enginePid() as number, "SIGKILL");
      await see(page.getByText(/The last one was cut off: .*SIGKILL/)).toBeVisible();

      server.pauseAfter(Infinity);
      await page.getByRole("button", { name: "Go on" }).click();
      const made = page.getByRole("region", { name: "What was made" });
      await see(made).toContainText(`${SYNTHESIS.count} instructions of ${SYNTHESIS.count}`);
      await see(made.getByRole("row", { name: /^answer/ })).toBeVisible();
      expect(new Set(server.answered).size).toBe(server.answered.length);
      expect(new Set(server.requests.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${KEY}`]));
    } finally {
      await server.close();
    }
  });

  test("what was rejected says where and why; the key is in no address and no file", async () => {
    await page.getByRole("tab", { name: /^Rejected/ }).click();
    const { samples, stages } = await callFrom(page, "synthesis.samples", { synthesisId: 2, type: "rejected", limit: 500 });
    const first = samples[0];
    if (first?.type !== "rejected") throw new Error("the model wrote no bad sample");
    const list = page.getByRole("list", { name: "Samples" });
    await see(list.getByRole("listitem").first()).toContainText(first.reason);
    const stage = stages.at(-1);
    await page.getByLabel("Rejected where").selectOption(stage?.stage ?? "");
    await see(list.getByRole("listitem")).toHaveCount(Math.min(20, stage?.rejected ?? 0));
    expect(page.url()).not.toContain(KEY);
    const files = readdirSync(journey.folder).filter((name) => name.startsWith("workspace.raif"));
    expect(files.length).toBeGreaterThan(0);
    for (const name of files) expect(readFileSync(path.join(journey.folder, name)).includes(KEY)).toBe(false);
    expect(await callFrom(page, "settings.listSecrets", {})).toMatchObject({
      lasting: false,
      names: [expect.stringMatching(/^endpoint-key:127/)],
    });
  });

  test("duplicates are found, removed as one version, and brought back", async () => {
    const datasetId = (await callFrom(page, "dataset.list", {})).find(({ name }) => name === "Grown")?.id ?? 0;
    await journey.go(`#/data/${datasetId}`);
    const { rows } = await callFrom(page, "dataset.rows", { datasetId, limit: 3 });
    const copies = await Promise.all(rows.map(({ rowId }) => callFrom(page, "dataset.row", { datasetId, rowId })));
    const edits = copies.map((row) => ({ type: "add" as const, record: { ...row.record, id: `${row.record.id}-copy` } }));
    await callFrom(page, "dataset.edit", { datasetId, edits });
    await page.getByRole("tab", { name: "Quality" }).click();
    await page.getByRole("button", { name: "Check the dataset" }).click();
    const duplicates = page.getByRole("region", { name: "Exact duplicates" });
    await see(duplicates.getByRole("listitem")).toHaveCount(3);
    await duplicates.getByRole("link", { name: `${rows[0]?.id}-copy` }).click();
    await see(page).toHaveURL(new RegExp(`#/data/${datasetId}/\\d+$`));
    await page.goBack();
    await duplicates.getByRole("button", { name: "Remove all superfluous rows" }).click();
    const message = page.getByText("3 findings mended, 3 rows changed, version 3.");
    await see(message).toBeVisible();
    await see(duplicates.getByText("mended in version 3")).toHaveCount(3);
    expect((await callFrom(page, "dataset.get", { datasetId })).rows).toBe(50);
    await page.getByRole("button", { name: "Undo", exact: true }).first().click();
    await see(page.getByText("Undone:")).toBeVisible();
    expect((await callFrom(page, "dataset.get", { datasetId })).rows).toBe(53);
    await page.getByRole("button", { name: "Do again", exact: true }).click();
    await see(page.getByText("Done again:")).toBeVisible();
    expect((await callFrom(page, "dataset.get", { datasetId })).rows).toBe(50);
  });

  test("what was made is trained on", async () => {
    await page.getByRole("link", { name: "Train on it" }).click();
    await startSession(page, { name: "On grown data", steps: 1 });
    await waitForStatus(page, "finished");
    expect(await lastStep(page)).toBe(1);
  });

  test("a change of many rows is found again after a reload: cancelled, and followed to its end", async () => {
    const made = await callFrom(page, "dataset.create", { name: "many", from: "starter" });
    // While somebody else writes, the change waits.
    const other = openWorkspace(journey.workspaceFile);
    const begin = async (): Promise<void> => {
      run(other, "BEGIN IMMEDIATE");
      await page.keyboard.press("t");
      await page.getByLabel("Add").fill("seen");
      await page.keyboard.press("Enter");
      await see(going).toBeVisible();
      await page.reload();
      await see(going).toContainText(`tags of ${made.rows} rows: +seen`);
    };
    const going = page.getByRole("list", { name: "Work that goes on" }).getByRole("listitem");
    await journey.go(`#/data/${made.id}`);
    await see(page.getByRole("status").filter({ hasText: `${formatCount(made.rows)} rows` })).toBeVisible();
    await begin();
    await going.getByRole("button", { name: "Cancel" }).click();
    await see(page.getByText(/^Cancelled, no row was changed/)).toBeVisible();
    run(other, "ROLLBACK");
    await begin();
    // Also seen from the list of datasets.
    await page.keyboard.press("g");
    await page.keyboard.press("d");
    await see(going).toContainText(/many\s*tags of/);
    await page.goBack();
    await see(going).toBeVisible();
    run(other, "ROLLBACK");
    other.close();
    await see(page.getByText(/^Done, version 2: tags of/)).toBeVisible();
    await see(going).toHaveCount(0);
  });

  test("an import is found again after a reload, and what came of it is told", async () => {
    const rivers = file(
      "many-rivers.jsonl",
      Array.from({ length: 4000 }, (_, n) => JSON.stringify(record(`river-${n}`, 3 + n))),
    );
    const other = openWorkspace(journey.workspaceFile);
    await journey.go("#/import");
    await lookInto(rivers);
    await see(page.getByRole("region", { name: "Records as they would be stored" })).toBeVisible();
    await page.keyboard.press("Control+Enter");
    await see.poll(async () => (await callFrom(page, "datasetFiles.progress", {})).length, { intervals: [20] }).toBe(1);
    run(other, "BEGIN IMMEDIATE");
    await page.reload();
    const going = page.getByRole("list", { name: "Work that goes on" });
    await see(going).toContainText(/many-rivers\s*import/);
    await see(going.getByRole("button", { name: "Cancel" })).toBeEnabled();
    run(other, "ROLLBACK");
    other.close();
    const came = page.getByRole("region", { name: "What came of the import" });
    await see(came).toContainText(new RegExp(`imported\\s*${formatCount(4000)}`));
    await see(came.getByRole("link", { name: "Open many-rivers" })).toBeVisible();
  });

  test("nothing that a page complained about went unseen", () => {
    expect(journey.browser.complaints).toEqual([]);
  });
});
