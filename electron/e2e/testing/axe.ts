// What axe finds on the page that is open, in every look of the workbench. Other looks differ in their colours only, so that the first one
// is asked everything and the others what depends on colours.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The part of axe's findings that is read here. */
interface Finding {
  readonly id: string;
  readonly impact?: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

const LOOKS = [
  { look: "light", theme: "light", contrast: "normal", options: {} },
  { look: "dark", theme: "dark", contrast: "normal", options: { runOnly: ["color-contrast"] } },
  { look: "high contrast", theme: "light", contrast: "more", options: { runOnly: ["color-contrast"] } },
] as const;

/** One line a serious or critical finding. */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  // By the debugger, which the page's content policy does not bind.
  await page.evaluate(source);
  const lines: string[] = [];
  for (const { look, theme, contrast, options } of LOOKS) {
    const put = `Object.assign(document.documentElement.dataset, ${JSON.stringify({ theme, contrast })})`;
    const { violations } = await page.evaluate<{ readonly violations: readonly Finding[] }>(
      `(${put}, axe.run(document, ${JSON.stringify(options)}))`,
    );
    for (const { id, impact, nodes } of violations) {
      if (impact !== "serious" && impact !== "critical") continue;
      lines.push(`${look}: ${id}: ${nodes.map(({ html, failureSummary }) => `${html} (${failureSummary ?? ""})`).join("; ")}`);
    }
  }
  return lines;
}
