// `raif serve`: the workbench in a browser of this machine.

import type { Command } from "commander";
import { portNumber } from "../option-values.ts";
import type { Shell } from "../shell.ts";
import { openTerminal } from "../terminal.ts";

interface ServeOptions {
  readonly workspace?: string;
  readonly port: number;
  readonly renderer?: string;
  readonly example: boolean;
  readonly json?: boolean;
}

export function addServe(program: Command, shell: Shell): void {
  program
    .command("serve")
    .description("Serve the workbench to a browser on this machine; only 127.0.0.1 is listened on.")
    .option("--workspace <file>", "workspace file; made when absent (default: the user's own)")
    .option("--port <n>", "port to listen on; 0 takes a free one", portNumber, 0)
    .option("--renderer <folder>", "built interface (default: out/renderer of this clone)")
    .option("--no-example", "do not train the small example in a new workspace")
    .option("--json", 'print one JSON object: {"url", "origin", "workspace"}')
    .action(async ({ workspace, port, renderer, example, json }: ServeOptions) => {
      const { serveUntil } = await import("../../serve/serve-until.ts");
      const terminal = openTerminal(shell, json ?? false);
      await serveUntil({ workspaceFile: workspace, port, rendererFolder: renderer, example }, shell.signal, {
        onReady: (ready) => {
          terminal.emit({ ...ready });
          terminal.print(`The workbench is at ${ready.url}\nThe address works once, in one browser. Ctrl-C ends the workbench.`);
        },
        onBug: (where, error) => terminal.note(`${where}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
      });
    });
}
