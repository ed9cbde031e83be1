// The real preload as plain JavaScript, to be run where a `require` is at hand.

import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";

export function preloadProgram(): string {
  return stripTypeScriptTypes(readFileSync(join(import.meta.dirname, "..", "..", "preload", "preload.cts"), "utf8"));
}
