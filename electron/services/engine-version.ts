// The version stored with every run: that of the package.

import { readFileSync } from "node:fs";
import { join } from "node:path";

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, "..", "..", "package.json"), "utf8")) as { version: string };

export const ENGINE_VERSION = manifest.version;
