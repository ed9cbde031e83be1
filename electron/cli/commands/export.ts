// `raif export`: what a run has trained, as a model folder or as an adapter.

import { Option, type Command } from "commander";
import type { ExportRequest } from "../../services/export-run.ts";
import { positiveInteger } from "../option-values.ts";
import type { Shell } from "../shell.ts";
import { openTerminal } from "../terminal.ts";

interface ExportOptions {
  readonly workspace: string;
  readonly run: number;
  readonly to: string;
  readonly checkpoint?: number;
  readonly format: "merged" | "adapter";
  readonly dtype: NonNullable<ExportRequest["dtype"]>;
  readonly json?: boolean;
}

export function addExport(program: Command, shell: Shell): void {
  program
    .command("export")
    .description("Write what a run has trained: a whole Hugging Face folder, tokenizer and template included, or its adapter alone.")
    .requiredOption("--workspace <file>", "workspace file")
    .requiredOption("--run <id>", "run to export", positiveInteger)
    .requiredOption("--to <folder>", "folder to make; must not exist")
    .option("--checkpoint <step>", "step of the checkpoint (default: the newest)", positiveInteger)
    .addOption(
      new Option("--format <format>", "merged: a model folder, any adapter folded in; adapter: the adapter in PEFT's layout")
        .choices(["merged", "adapter"])
        .default("merged"),
    )
    .addOption(
      new Option("--dtype <type>", "how the weights of a model folder are stored; float32 keeps every bit")
        .choices(["float32", "bfloat16", "float16"])
        .default("float32"),
    )
    .option("--json", "print one JSON object: runId, step, folder")
    .action(async ({ workspace, run, to, checkpoint, format, dtype, json }: ExportOptions) => {
      const { exportAdapter, exportRun } = await import("../../services/export-run.ts");
      const terminal = openTerminal(shell, json ?? false);
      const request = { workspace, runId: run, to, step: checkpoint, dtype, signal: shell.signal };
      const outcome = await (format === "adapter" ? exportAdapter(request) : exportRun(request));
      terminal.emit({ ...outcome });
      terminal.print(
        `wrote ${format === "adapter" ? "the adapter of " : ""}run ${outcome.runId} after step ${outcome.step} to ${outcome.folder}`,
      );
    });
}
