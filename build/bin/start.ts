// `npm start`: the workbench as a desktop window. With Electron where its program file is there or can be fetched; else the same
// workbench in served mode, in an installed browser's window, or as an address to open.

import { spawn } from "node:child_process";
import path from "node:path";
import { parseArgs } from "node:util";
import { serveWithDefaults } from "../../electron/serve/serve-until.ts";
import type { ServedWorkbench } from "../../electron/serve/serve.ts";
import { userDataFolder } from "../../electron/services/user-folder.ts";
import { isWorkbenchError } from "../../shared/errors.ts";
import { buildDesktop } from "../start/desktop-build.ts";
import { electronBinary } from "../start/electron-binary.ts";
import { findBrowser, hasDisplay, openAppWindow } from "../start/find-browser.ts";
import { buildRenderer, reasonToBuild } from "../start/renderer-build.ts";

const projectRoot = path.resolve(import.meta.dirname, "..", "..");

const HELP = `npm start -- [options]

  --workspace <file>   workspace file; made when absent (default: the user's own)
  --served             serve to a browser even where Electron is there
  --no-open            serve and print the address, open no window
  --port <n>           port of the served workbench (default: a free one)
  --no-example         do not train the small example in a new workspace
`;

interface StartOptions {
  readonly workspace: string | undefined;
  readonly served: boolean;
  readonly open: boolean;
  readonly port: number;
  readonly example: boolean;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function options(): StartOptions | undefined {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      workspace: { type: "string" },
      served: { type: "boolean", default: false },
      open: { type: "boolean", default: true },
      port: { type: "string", default: "0" },
      example: { type: "boolean", default: true },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    say(HELP);
    return undefined;
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Error(`--port takes a port from 0 to 65535, not "${values.port}"`);
  const { workspace, served, open, example } = values;
  return { workspace: workspace === undefined ? undefined : path.resolve(workspace), served, open, port, example };
}

async function main(): Promise<number> {
  const chosen = options();
  if (chosen === undefined) return 0;
  const reason = reasonToBuild(projectRoot);
  if (reason !== undefined) {
    say(`Building the interface: ${reason} ...`);
    buildRenderer(projectRoot);
  }
  if (!chosen.served && chosen.open) {
    if (!hasDisplay()) {
      say("There is no display here, so no desktop window: serving the same workbench to a browser instead.");
    } else {
      const electron = await electronBinary(projectRoot, say);
      if ("path" in electron) return startElectron(electron.path, chosen);
      say(`Electron's program file cannot be had (${electron.missing}): opening the same workbench in a browser window instead.`);
    }
  }
  return startServed(chosen);
}

function startElectron(binary: string, { workspace, example }: StartOptions): Promise<number> {
  const entry = buildDesktop(projectRoot);
  const args = [entry, ...(workspace === undefined ? [] : [`--workspace=${workspace}`]), ...(example ? [] : ["--no-example"])];
  return new Promise((resolve) => {
    const child = spawn(binary, args, { stdio: "inherit" });
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
    child.once("error", (error) => {
      process.stderr.write(`cannot start ${binary}: ${error.message}\n`);
      resolve(1);
    });
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

async function startServed({ workspace, port, open, example }: StartOptions): Promise<number> {
  const interrupted = new Promise<void>((resolve) => {
    let asked = 0;
    const stop = (): void => {
      if (++asked > 1) process.exit(130);
      resolve();
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
    // Started by an older Node: this process must not outlive it.
    process.once("disconnect", stop);
  });
  const workbench = await serveWithDefaults({ workspaceFile: workspace, port, example }, (where, error) => {
    process.stderr.write(`${where}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  });
  const browser = open && hasDisplay() ? findBrowser() : undefined;
  if (browser === undefined) sayAddress(workbench);
  else await Promise.race([followWindow(workbench, browser), interrupted]);
  if (browser === undefined) await interrupted;
  say("Ending; a run in work is paused behind its step.");
  await workbench.close();
  return 0;
}

function sayAddress(workbench: ServedWorkbench): void {
  say(`Open ${workbench.newAddress()}\nThe address works once, in one browser on this machine. Ctrl-C ends the workbench.`);
}

/** Until the window is closed; while the engine works after that, the workbench stays. */
async function followWindow(workbench: ServedWorkbench, browser: string): Promise<void> {
  const window = openAppWindow(browser, workbench.newAddress(), path.join(userDataFolder(), "browser"));
  say(`The workbench is open in a window of ${path.basename(browser)}. Ctrl-C here, or closing the window, ends it.`);
  process.once("exit", window.close);
  const { failed } = await window.closed;
  if (failed !== undefined) {
    say(`The window of ${path.basename(browser)} could not be kept open (${failed}).`);
    sayAddress(workbench);
    await new Promise(() => undefined);
  }
  if (workbench.host.engine.condition().state !== "working") return;
  say("The window was closed while a run is going, so the workbench goes on here.");
  sayAddress(workbench);
  await new Promise<void>((resolve) => {
    const unsubscribe = workbench.host.subscribe((topic) => {
      if (topic !== "engine" || workbench.host.engine.condition().state === "working") return;
      unsubscribe();
      resolve();
    });
  });
}

try {
  process.exit(await main());
} catch (error) {
  // Bugs keep their stack; what a user can mend says it in words.
  const text = isWorkbenchError(error) || !(error instanceof Error) ? (error as Error).message : (error.stack ?? error.message);
  process.stderr.write(`error: ${text}\n`);
  process.exit(1);
}
