// The headless bundle: Node, the command line, the served interface, ONNX Runtime and the nano model in one archive for a machine that
// has nothing, such as a GPU server. The same sources give the same bytes: files in order of name, without times or owners.

import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { constants, zstdCompress } from "node:zlib";
import { create } from "tar";

export interface HeadlessTarget {
  readonly platform: "linux";
  readonly arch: "x64";
}

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

/** Sources that run as they are; what only a window or a test needs stays out. */
const SOURCES: readonly string[] = ["cli", "engine", "engine-host", "ipc", "serve", "services", "storage"]
  .map((layer) => `electron/${layer}`)
  .concat("shared");
const RESOURCES: readonly string[] = ["resources"];
const LEFT_OUT_SOURCES = /\.test\.ts$|(^|\/)(testing|e2e)\/|\.py$/;
/** Of packages: types, maps, sources and builds for other module systems. */
const LEFT_OUT_OF_PACKAGES = [
  /\.(d\.ts|d\.mts|d\.cts|cts|mts|map|md|markdown)$/,
  /\/(test|tests|docs|examples?|\.github)\//,
  /^zod\/src\//,
  /^better-sqlite3\/(deps|src)\//,
  /^@cortex-js\/compute-engine\/dist\/(umd-min|types)\//,
  /^@huggingface\/[^/]+\/dist\/commonjs\//,
  /^onnxruntime-node\/(lib|script)\//,
];
/** Newest possible for every file, so that times say nothing. */
const TIME = new Date("2000-01-01T00:00:00Z");

const LAUNCHER = `#!/bin/sh
# Starts raif with the Node beside it; needs nothing of the machine but /bin/sh and the C and C++ libraries.
here="\${0%/*}"
[ "$here" = "$0" ] && here=.
exec "$here/node" "$here/electron/cli/main.ts" "$@"
`;

/** Puts everything into `folder`, which is emptied first. `renderer`: the built interface. Throws where packages are not installed. */
export function stageBundle(projectRoot: string, renderer: string, folder: string, target: HeadlessTarget): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const source of [...SOURCES, ...RESOURCES]) copyTree(projectRoot, source, folder, (file) => !LEFT_OUT_SOURCES.test(file));
  copyTree(path.dirname(renderer), path.basename(renderer), path.join(folder, "out"), (file) => !file.endsWith(".map"));
  copyTree(projectRoot, "docs", folder, (file) => file.endsWith(".md"));
  for (const file of ["package.json", "LICENSE", "README.md"]) copyFileSync(path.join(projectRoot, file), path.join(folder, file));
  for (const name of productionPackages(projectRoot)) {
    copyTree(projectRoot, path.posix.join("node_modules", name), folder, (file) => isWanted(file.slice("node_modules/".length), target));
  }
  copyNode(path.join(projectRoot, "node_modules", "node", "bin", "node"), path.join(folder, "node"));
  writeFileSync(path.join(folder, "raif"), LAUNCHER);
  chmodSync(path.join(folder, "raif"), 0o755);
}

/** Writes the folder as a tar archive, compressed with zstd at this level (19 is what is shipped). Returns its size in bytes. */
export async function archiveBundle(folder: string, file: string, level: number): Promise<number> {
  const name = path.basename(folder);
  const files = filesBelow(folder).map((below) => path.posix.join(name, below));
  const tar = create({ cwd: path.dirname(folder), portable: true, mtime: TIME, noDirRecurse: true, strict: true }, files);
  const { ZSTD_c_compressionLevel, ZSTD_c_windowLog } = constants;
  // In one go: Node's stream ends its frame with the last piece and then adds an empty second frame, at which its own reader fails where
  // the two frames meet near the end of a piece. The largest window that every zstd reads without being asked.
  const packed = await promisify(zstdCompress)(await buffer(tar), {
    params: { [ZSTD_c_compressionLevel]: level, [ZSTD_c_windowLog]: 27 },
  });
  writeFileSync(file, packed);
  return packed.length;
}

/** Folders below node_modules of all packages that are needed at run time, as the lock file has them. */
function productionPackages(projectRoot: string): string[] {
  const lock = JSON.parse(readFileSync(path.join(projectRoot, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, LockedPackage>>;
  };
  return Object.entries(lock.packages)
    .filter(([name, { dev, devOptional }]) => name.startsWith("node_modules/") && dev !== true && devOptional !== true)
    .map(([name]) => name.slice("node_modules/".length))
    .filter((name) => !name.includes("/node_modules/") && existsSync(path.join(projectRoot, "node_modules", name)))
    .sort();
}

function isWanted(file: string, { platform, arch }: HeadlessTarget): boolean {
  if (LEFT_OUT_OF_PACKAGES.some((pattern) => pattern.test(file))) return false;
  // Only this system's libraries; CUDA's and TensorRT's are optional and hundreds of megabytes.
  const runtime = /^onnxruntime-node\/bin\/napi-v\d+\/(\w+)\/(\w+)\/(.*)$/.exec(file);
  if (runtime !== null) return runtime[1] === platform && runtime[2] === arch && !/cuda|tensorrt/.test(runtime[3] as string);
  const prebuilt = /^better-sqlite3\/prebuilds\/(.*)\.node$/.exec(file);
  return prebuilt === null || prebuilt[1] === `${platform}-${arch}`;
}

/** Without symbols that only a debugger reads, where there is a tool that takes them off. */
function copyNode(from: string, to: string): void {
  copyFileSync(from, to);
  spawnSync("strip", [to], { stdio: "ignore" });
  chmodSync(to, 0o755);
}

function copyTree(root: string, source: string, folder: string, keep: (file: string) => boolean): void {
  for (const below of filesBelow(path.join(root, source))) {
    const file = path.posix.join(source, below);
    if (!keep(file)) continue;
    const target = path.join(folder, file);
    mkdirSync(path.dirname(target), { recursive: true });
    copyFileSync(path.join(root, file), target);
    chmodSync(target, 0o644);
  }
}

/** Relative paths of all files, in order of name. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
    .sort();
}
