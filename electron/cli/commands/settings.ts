// `raif settings`: what --set and recipe files can change.

import type { Command } from "commander";
import type { Shell } from "../shell.ts";
import { openTerminal } from "../terminal.ts";

export function addSettings(program: Command, shell: Shell): void {
  program
    .command("settings")
    .description("List the training settings for --set and recipe files, with defaults and the paper's values.")
    .option("--json", "print one JSON object a setting")
    .action(async (options: { readonly json?: boolean }) => {
      const { listSettings, RECIPE_NAMES } = await import("../../services/training-settings.ts");
      const terminal = openTerminal(shell, options.json ?? false);
      terminal.print(`recipes: ${RECIPE_NAMES.join(", ")}`);
      for (const setting of listSettings()) {
        const { key, description, type, choices, minimum, maximum, paper } = setting;
        const range = minimum === undefined && maximum === undefined ? "" : ` from ${minimum ?? "-inf"} to ${readable(maximum)}`;
        const kind = choices === undefined ? `${type}${range}` : choices.join(" | ");
        const inPaper = paper === undefined ? "" : `; paper: ${JSON.stringify(paper)}`;
        terminal.print(`\n${key} = ${JSON.stringify(setting.default)}  (${kind}${inPaper})\n  ${description}`);
        terminal.emit({ ...setting });
      }
    });
}

function readable(maximum: number | undefined): string {
  return maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? "any" : String(maximum);
}
