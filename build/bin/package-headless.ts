// `npm run package:headless`: the headless bundle for Linux x64, into dist/. Prints the archive, its size and how to unpack it.

import { mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { archiveBundle, stageBundle } from "../headless/headless-bundle.ts";

/** Takes a few minutes; what the size is promised for. */
const LEVEL = 19;
const LIMIT_MB = 60;

const projectRoot = path.resolve(import.meta.dirname, "..", "..");
const { version } = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8")) as { readonly version: string };
const target = { platform: "linux", arch: "x64" } as const;
const name = `raif-${version}-${target.platform}-${target.arch}`;
const staged = path.join(projectRoot, "out", "headless", name);
const archive = path.join(projectRoot, "dist", `${name}.tar.zst`);

mkdirSync(path.dirname(archive), { recursive: true });
stageBundle(projectRoot, staged, target);
const sizeMb = (await archiveBundle(staged, archive, LEVEL)) / 1e6;
rmSync(staged, { recursive: true, force: true });
process.stdout.write(`${path.relative(projectRoot, archive)}: ${sizeMb.toFixed(1)} MB\n`);
process.stdout.write(`unpack: zstd -dc ${name}.tar.zst | tar x; then ${name}/raif doctor\n`);
if (sizeMb > LIMIT_MB) {
  process.stderr.write(`larger than the ${LIMIT_MB} MB it is meant to have at most\n`);
  process.exitCode = 1;
}
