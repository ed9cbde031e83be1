// `raif runs`: what a workspace holds.

import type { Command } from "commander";
import type { Shell } from "../shell.ts";
import { formatTable, openTerminal } from "../terminal.ts";

interface RunsOptions {
  readonly workspace: string;
  readonly json?: boolean;
}

export function addRuns(program: Command, shell: Shell): void {
  program
    .command("runs")
    .description("List the training runs of a workspace, newest first.")
    .requiredOption("--workspace <file>", "workspace file")
    .option("--json", "print one JSON object a run")
    .action(async (options: RunsOptions) => {
      const { listRunSummaries } = await import("../../services/list-runs.ts");
      const terminal = openTerminal(shell, options.json ?? false);
      const runs = listRunSummaries(options.workspace);
      for (const run of runs) terminal.emit({ ...run });
      if (runs.length === 0) terminal.print("no runs yet");
      else
        terminal.print(
          formatTable(
            ["run", "status", "step", "of", "method", "recipe", "model", "seed", "started"],
            runs.map((run) => [
              run.id,
              run.status,
              run.lastStep,
              run.totalSteps,
              run.method,
              run.recipe ?? "",
              run.model,
              run.seed,
              run.startedAt,
            ]),
          ),
        );
    });
}
