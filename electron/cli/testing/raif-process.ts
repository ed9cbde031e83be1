// The command line as a process of its own, as a user starts it.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

export interface RaifProcess {
  readonly child: ChildProcess;
  /** Resolves when the process has ended and everything it printed is read. */
  readonly ended: Promise<RaifEnd>;
  /** What it has printed so far. */
  readonly printed: { out: string; err: string };
}

export interface RaifEnd {
  /** Exit code, or the name of the signal that killed it. */
  readonly status: number | string;
  readonly out: string;
  readonly err: string;
}

/** `electron/cli/main.ts`, or another program beside this file that takes the same arguments after its own. */
export function startRaif(argv: readonly string[], program = path.join(import.meta.dirname, "..", "main.ts")): RaifProcess {
  const child = spawn(process.execPath, [program, ...argv], { stdio: ["ignore", "pipe", "pipe"] });
  const printed = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (printed.err += text));
  const ended = once(child, "close").then(([code, signal]: unknown[]) => ({ status: (signal ?? code) as number | string, ...printed }));
  return { child, ended, printed };
}

/** The same with a self-inflicted SIGKILL at the start of a phase of a step. */
export function raifKilledInPhase(phase: string, step: number, argv: readonly string[]): Promise<RaifEnd> {
  return startRaif([phase, String(step), ...argv], path.join(import.meta.dirname, "raif-killed-in-phase.ts")).ended;
}
