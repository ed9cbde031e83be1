// `raif doctor`: whether this machine can do the work, and whether a workspace is sound.

import type { Command } from "commander";
import type { Shell } from "../shell.ts";
import { formatTable, openTerminal, type Terminal } from "../terminal.ts";

interface DoctorOptions {
  readonly workspace?: string;
  readonly graphs?: true | string;
  readonly json?: boolean;
}

export function addDoctor(program: Command, shell: Shell): void {
  program
    .command("doctor")
    .description("Check Node, ONNX Runtime, GPUs, SQLite and the shipped files; with --workspace also that file.")
    .option("--workspace <file>", "workspace file to check as well (reads all of it)")
    .option("--graphs [model]", 'instead: where each node of a model\'s graphs would run on WebGPU; a folder, or "nano" (default)')
    .option("--json", "print one JSON object a check")
    .action(async (options: DoctorOptions) => {
      const terminal = openTerminal(shell, options.json ?? false);
      if (options.graphs !== undefined) return showGraphs(terminal, shell, options.graphs === true ? "nano" : options.graphs);
      const { examineEnvironment } = await import("../../services/examine-environment.ts");
      for await (const finding of examineEnvironment(options.workspace, true)) {
        terminal.emit({ ...finding });
        terminal.print(`${finding.status.padEnd(7)} ${finding.name}: ${finding.detail}`);
        if (finding.status === "failed") shell.exitCode = 1;
      }
    });
}

/** Exit code 1 where a node would leave the device. */
async function showGraphs(terminal: Terminal, shell: Shell, model: string): Promise<void> {
  const [{ placeGraphs }, { modelFolder }] = await Promise.all([
    import("../../services/device-report.ts"),
    import("../../services/resource-paths.ts"),
  ]);
  const placements = await placeGraphs(modelFolder(model));
  for (const placement of placements) terminal.emit({ ...placement });
  terminal.print(
    formatTable(
      ["graph", "on WebGPU", "on the CPU"],
      placements.map(({ graph, deviceNodes, cpuNodes }) => [graph, deviceNodes, cpuNodes.length]),
    ),
  );
  for (const { graph, cpuNodes } of placements) for (const node of cpuNodes) terminal.print(`${graph}: ${node}`);
  if (placements.some(({ cpuNodes }) => cpuNodes.length > 0)) shell.exitCode = 1;
}
