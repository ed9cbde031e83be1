import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { HELP_PAGE_NAMES, readHelpPage } from "./help-pages.ts";

const root = path.resolve(import.meta.dirname, "..", "..");

function page(source: string): () => unknown {
  const folder = mkdtempSync(path.join(tmpdir(), "help-"));
  mkdirSync(path.join(folder, "docs", "help"), { recursive: true });
  writeFileSync(path.join(folder, "docs", "help", "start.md"), source);
  return () => readHelpPage(folder, "start");
}

describe("help pages", () => {
  test.each(HELP_PAGE_NAMES)("%s can be shown", (name) => {
    const { title, html } = readHelpPage(root, name);
    expect(title.length).toBeGreaterThan(2);
    expect(html).not.toMatch(/<script|onerror=|javascript:/i);
  });

  test("links between pages become addresses of the workbench, headings get names", () => {
    const { html, sections } = page("# Start\n\nSee [traces](traces.md).\n\n## First run\n")() as ReturnType<typeof readHelpPage>;
    expect(html).toContain('<a href="#/help/traces">traces</a>');
    expect(sections).toEqual([{ id: "first-run", title: "First run" }]);
  });

  test("a page that cannot be shown is refused with its file's name", () => {
    expect(page("no heading")).toThrow(/start\.md.*first-level heading/);
    expect(page("# A\n\n[x](nowhere.md)")).toThrow(/start\.md.*nowhere\.md/);
    expect(page("# A\n\n<b>x</b>")).toThrow(/start\.md.*raw HTML/);
  });
});
