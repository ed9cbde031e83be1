// `raif serve` as a process of its own, on the real engine, with the interface built before: what a user has, and what can be killed.

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { buildRenderer, reasonToBuild } from "../../../build/start/renderer-build.ts";

const projectRoot = path.resolve(import.meta.dirname, "..", "..", "..");
const COMMAND_LINE = path.join(projectRoot, "electron", "cli", "main.ts");
const BUILD_TAKES_AT_MOST_MS = 240_000;

export interface ServedProcess {
  /** Works once. */
  readonly url: string;
  readonly origin: string;
  readonly pid: number;
  /** The engine process, undefined where none runs. */
  readonly enginePid: () => number | undefined;
  /** As Ctrl-C does: what trains is paused first. */
  readonly end: () => Promise<void>;
  /** As a power cut does. */
  readonly kill: () => Promise<void>;
}

/** A folder for workspaces and exports, and what removes it. */
export function temporaryFolder(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), "raif-e2e-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Builds the interface where it is out of date; one test file at a time. */
export async function buildInterface(): Promise<void> {
  const lock = path.join(projectRoot, "out", ".interface-is-being-built");
  mkdirSync(path.dirname(lock), { recursive: true });
  while (!take(lock)) await sleep(200);
  try {
    if (reasonToBuild(projectRoot) !== undefined) buildRenderer(projectRoot);
  } finally {
    rmdirSync(lock);
  }
}

function take(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    // Left behind by tests that were killed.
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > BUILD_TAKES_AT_MOST_MS) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}

export interface ServeChoice {
  readonly workspaceFile: string;
  /** Train the example in a new workspace, as a first start does. */
  readonly example?: boolean;
  readonly port?: number;
}

/** Resolves when the workbench can be opened; throws with its own words when it ends before. */
export async function startServed({ workspaceFile, example = false, port = 0 }: ServeChoice): Promise<ServedProcess> {
  const options = ["--workspace", workspaceFile, "--port", String(port), ...(example ? [] : ["--no-example"])];
  const child = spawn(process.execPath, [COMMAND_LINE, "serve", "--json", ...options], { stdio: ["ignore", "pipe", "pipe"] });
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (words += text));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const ready = await Promise.race([firstLine(child), ended.then(() => undefined)]);
  if (ready === undefined) throw new Error(`raif serve ended: ${words}`);
  const { url, origin } = JSON.parse(ready) as { readonly url: string; readonly origin: string };
  const pid = child.pid as number;
  const leave = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
  };
  return { url, origin, pid, enginePid: () => enginePid(pid), end: () => leave("SIGINT"), kill: () => leave("SIGKILL") };
}

async function firstLine(child: ChildProcess): Promise<string | undefined> {
  if (child.stdout === null) return undefined;
  for await (const line of createInterface({ input: child.stdout })) return line;
  return undefined;
}

/** Child of the host that runs the engine, as the system lists its processes. */
function enginePid(parent: number): number | undefined {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" });
  const line = stdout.split("\n").find((text) => {
    const [, ppid, ...args] = text.trim().split(/\s+/);
    return Number(ppid) === parent && args.some((argument) => argument.endsWith("engine-entry.ts"));
  });
  return line === undefined ? undefined : Number(line.trim().split(/\s+/)[0]);
}
