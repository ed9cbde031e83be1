// Whether Electron's program file is there. Its npm package comes without; it is fetched here, once, where that is possible.

import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** Long enough for a slow line, short enough for a firewall that swallows everything. */
const FETCH_LIMIT_MS = 5 * 60_000;

export type ElectronBinary = { readonly path: string } | { readonly missing: string };

/** Fetches it where it is missing; `say` hears of that before it takes time. */
export async function electronBinary(projectRoot: string, say: (line: string) => void, limitMs = FETCH_LIMIT_MS): Promise<ElectronBinary> {
  const folder = path.join(projectRoot, "node_modules", "electron");
  const installer = path.join(folder, "install.js");
  if (!existsSync(installer)) return { missing: "the package electron is not installed" };
  const found = installedElectron(projectRoot);
  if (found !== undefined) return { path: found };
  say("Fetching Electron (about 120 MB, once) ...");
  const reason = await runInstaller(installer, limitMs);
  const fetched = installedElectron(projectRoot);
  return fetched === undefined ? { missing: reason ?? "nothing was fetched" } : { path: fetched };
}

/** Its program file; undefined where it is not there. */
export function installedElectron(projectRoot: string): string | undefined {
  const folder = path.join(projectRoot, "node_modules", "electron");
  try {
    const file = path.join(folder, "dist", readFileSync(path.join(folder, "path.txt"), "utf8"));
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined when it went well, else its last words. */
function runInstaller(installer: string, limitMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(process.execPath, [installer], { stdio: ["ignore", "ignore", "pipe"], timeout: limitMs });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => {
      if (code === 0) resolve(undefined);
      else resolve(signal === null ? (output.trim().split("\n")[0] ?? `exit code ${code ?? "none"}`) : "it took too long");
    });
  });
}
