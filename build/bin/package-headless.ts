// `npm run package:headless`: the headless bundle for Linux x64, into dist/, and that very archive tried in an empty folder. Prints the
// archive, its size and how to unpack it. `-- --check` only tries the one that is there.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { archiveBundle, stageBundle } from "../headless/headless-bundle.ts";
import { tryBundle } from "../headless/try-bundle.ts";
import { buildRenderer, reasonToBuild } from "../start/renderer-build.ts";

/** Takes a few minutes; what the size is promised for. */
const LEVEL = 19;
const LIMIT_MB = 60;

const projectRoot = path.resolve(import.meta.dirname, "..", "..");
const { version } = JSON.parse(readFileSync(path.join(projectRoot, "package.json"), "utf8")) as { readonly version: string };
const target = { platform: "linux", arch: "x64" } as const;
const name = `raif-${version}-${target.platform}-${target.arch}`;
const archive = path.join(projectRoot, "dist", `${name}.tar.zst`);

async function makeArchive(): Promise<void> {
  const staged = path.join(projectRoot, "out", "headless", name);
  mkdirSync(path.dirname(archive), { recursive: true });
  if (reasonToBuild(projectRoot) !== undefined) buildRenderer(projectRoot);
  stageBundle(projectRoot, path.join(projectRoot, "out", "renderer"), staged, target);
  await archiveBundle(staged, archive, LEVEL);
  rmSync(staged, { recursive: true, force: true });
}

async function tryArchive(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "raif-bundle-"));
  try {
    for await (const { name: part, said } of tryBundle(archive, folder)) process.stdout.write(`  ${part}: ${said}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const { check } = parseArgs({ options: { check: { type: "boolean", default: false } } }).values;
if (!check) await makeArchive();
const sizeMb = statSync(archive).size / 1e6;
process.stdout.write(`${path.relative(projectRoot, archive)}: ${sizeMb.toFixed(1)} MB; tried in an empty folder without an environment:\n`);
await tryArchive();
process.stdout.write(`unpack: zstd -dc ${name}.tar.zst | tar x; then ${name}/raif doctor\n`);
if (sizeMb > LIMIT_MB) {
  process.stderr.write(`larger than the ${LIMIT_MB} MB it is meant to have at most\n`);
  process.exitCode = 1;
}
