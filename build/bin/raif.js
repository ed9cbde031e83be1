#!/usr/bin/env node
// The `raif` command: makes sure the clone is installed, then hands over to the command line under Node 24.

import path from "node:path";
import { pathToFileURL } from "node:url";
import { ensureInstalled, projectRoot, runUnderNode24 } from "./bootstrap.js";

const commandLine = path.join(projectRoot, "electron", "cli", "main.ts");

try {
  ensureInstalled();
  // Already under the right Node (npx puts node_modules/.bin first): no second process.
  if (Number(process.versions.node.split(".")[0]) === 24) await import(pathToFileURL(commandLine).href);
  else runUnderNode24(commandLine, process.argv.slice(2));
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
}
