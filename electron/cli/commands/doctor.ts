// `raif doctor`: whether this machine can do the work, and whether a workspace is sound.

import type { Command } from "commander";
import type { Shell } from "../shell.ts";
import { openTerminal } from "../terminal.ts";

interface DoctorOptions {
  readonly workspace?: string;
  readonly json?: boolean;
}

export function addDoctor(program: Command, shell: Shell): void {
  program
    .command("doctor")
    .description("Check Node, ONNX Runtime, SQLite and the shipped files; with --workspace also that file.")
    .option("--workspace <file>", "workspace file to check as well (reads all of it)")
    .option("--json", "print one JSON object a check")
    .action(async (options: DoctorOptions) => {
      const { examineEnvironment } = await import("../../services/examine-environment.ts");
      const terminal = openTerminal(shell, options.json ?? false);
      for await (const finding of examineEnvironment(options.workspace)) {
        terminal.emit({ ...finding });
        terminal.print(`${finding.status.padEnd(7)} ${finding.name}: ${finding.detail}`);
        if (finding.status === "failed") shell.exitCode = 1;
      }
    });
}
