// Starting a child process of a storage test under the same Node, and a folder that goes away after the test.

import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

/** Runs a script; its standard error goes to ours. */
export function startChild(script: URL, ...args: readonly string[]): ChildProcessByStdio<null, Readable, null> {
  return spawn(process.execPath, [fileURLToPath(script), ...args], { stdio: ["ignore", "pipe", "inherit"] });
}

/** Resolves when the child has ended, with its exit code or the signal that killed it. */
export function ended(child: ChildProcessByStdio<null, Readable, null>): Promise<number | string> {
  return new Promise((done) => child.on("close", (code, signal) => done(signal ?? code ?? "?")));
}

/** A new folder; call `remove` after the test. */
export function temporaryFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "raif-storage-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
