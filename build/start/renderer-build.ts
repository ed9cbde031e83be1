// Builds the interface when what it is made of changed since the last build. What a build does is vite.config.ts.

import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import path from "node:path";

const SOURCES = [
  "renderer",
  "shared",
  "docs",
  "vite.config.ts",
  "package.json",
  "README.md",
  "CHANGELOG.md",
  "ARCHITECTURE.md",
  "build/renderer",
];

/** Why a build is needed; undefined where the last one stands. */
export function reasonToBuild(projectRoot: string): string | undefined {
  const builtMs = newestMs(path.join(projectRoot, "out", "renderer", "index.html"));
  if (builtMs === 0) return "it is not built yet";
  const changed = SOURCES.find((source) => newestMs(path.join(projectRoot, source)) > builtMs);
  return changed === undefined ? undefined : `${changed} changed since it was built`;
}

/** Throws with the build's own words where it fails. */
export function buildRenderer(projectRoot: string): void {
  const vite = path.join(projectRoot, "node_modules", "vite", "bin", "vite.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [vite, "build", "--logLevel", "warn"], {
    cwd: projectRoot,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the interface could not be built\n${stdout}${stderr}`);
}

/** Latest change of a file, or of anything in a folder, its list of files included; 0 where there is none. */
function newestMs(file: string): number {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  return readdirSync(file).reduce((newest, name) => Math.max(newest, newestMs(path.join(file, name))), found.mtimeMs);
}
