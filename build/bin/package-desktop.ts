// `npm run desktop`: builds interface and application and packages them for this system, into dist/. Needs Electron's program file,
// which electron-builder fetches.

import { spawnSync } from "node:child_process";
import path from "node:path";
import { buildDesktop } from "../start/desktop-build.ts";
import { buildRenderer } from "../start/renderer-build.ts";

const projectRoot = path.resolve(import.meta.dirname, "..", "..");

buildRenderer(projectRoot);
buildDesktop(projectRoot);
const builder = path.join(projectRoot, "node_modules", "electron-builder", "cli.js");
const args = ["--config", path.join("build", "electron-builder.config.ts"), ...process.argv.slice(2)];
process.exitCode = spawnSync(process.execPath, [builder, ...args], { cwd: projectRoot, stdio: "inherit" }).status ?? 1;
