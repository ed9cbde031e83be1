// The command line without a process: runs one in this one and keeps what it printed.

import { runCommandLine } from "../program.ts";
import type { Shell } from "../shell.ts";

export interface RecordingShell extends Shell {
  readonly printed: { out: string; err: string };
}

export function recordingShell(): RecordingShell {
  const printed = { out: "", err: "" };
  return {
    printed,
    stdout: { write: (text) => (printed.out += text) },
    stderr: { write: (text) => (printed.err += text) },
    signal: new AbortController().signal,
    exitCode: 0,
  };
}

export interface RaifResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function raif(...argv: readonly string[]): Promise<RaifResult> {
  const shell = recordingShell();
  const code = await runCommandLine(argv, shell);
  return { code, ...shell.printed };
}

/** Every line of standard output as the object that it must be. */
export function jsonLines(out: string): Record<string, unknown>[] {
  return out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
