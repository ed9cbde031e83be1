// Makes a fresh clone runnable: installs what the lock file names when it is missing or stale, then runs a script under the
// Node 24 that the npm package `node` brings. Plain JavaScript without dependencies, because it runs on Node 20 before
// anything is installed. Owns installing and starting; what is started knows nothing of it.
//
//   node build/bin/bootstrap.js <script> [arguments...]      paths are relative to the project root

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const projectRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..", "..");

const isWindows = process.platform === "win32";
const inModules = (...parts) => path.join(projectRoot, "node_modules", ...parts);
const lockFile = path.join(projectRoot, "package-lock.json");
const stampFile = inModules(".bootstrap-stamp");
const mutexFile = path.join(projectRoot, ".cache", "bootstrap.lock");

/** The Node 24 executable inside node_modules. */
export const nodeBinary = inModules("node", "bin", isWindows ? "node.exe" : "node");

function lockHash() {
  return createHash("sha256").update(fs.readFileSync(lockFile)).digest("hex");
}

/** Why an install is needed, or undefined when everything is in place. */
function reasonToInstall() {
  if (!fs.existsSync(inModules())) return "node_modules is missing";
  if (!fs.existsSync(nodeBinary)) return "Node 24 is missing from node_modules";
  let stamp;
  try {
    stamp = fs.readFileSync(stampFile, "utf8");
  } catch {
    return "node_modules was not checked against package-lock.json yet";
  }
  if (stamp !== lockHash()) return "package-lock.json changed since the last install";
  if (!fs.existsSync(inModules(".bin", "raif"))) return "the raif command is not linked";
  return undefined;
}

/** True when npm itself recorded exactly the versions of our lock file, e.g. after a plain `npm ci`. */
function installedMatchesLock() {
  try {
    const wanted = JSON.parse(fs.readFileSync(lockFile, "utf8")).packages;
    const installed = JSON.parse(fs.readFileSync(inModules(".package-lock.json"), "utf8")).packages;
    for (const [name, entry] of Object.entries(wanted)) {
      if (name === "") continue;
      const found = installed[name];
      if (found === undefined ? !entry.optional : found.version !== entry.version) return false;
    }
    for (const name of Object.keys(installed)) if (wanted[name] === undefined) return false;
    const version = spawnSync(nodeBinary, ["--version"], { encoding: "utf8" }).stdout?.trim();
    return version === `v${wanted["node_modules/node"].version}`;
  } catch {
    return false;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Two commands started at once in a fresh clone must not install into each other. */
function withInstallMutex(work) {
  fs.mkdirSync(path.dirname(mutexFile), { recursive: true });
  for (;;) {
    try {
      fs.writeFileSync(mutexFile, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      const owner = Number(fs.existsSync(mutexFile) ? fs.readFileSync(mutexFile, "utf8") : 0);
      if (owner > 0 && !isAlive(owner)) fs.rmSync(mutexFile, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
  try {
    work();
  } finally {
    fs.rmSync(mutexFile, { force: true });
  }
}

function runNpm(args) {
  const environment = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip", ELECTRON_SKIP_BINARY_DOWNLOAD: "1" };
  const options = { cwd: projectRoot, env: environment, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 };
  const npmScript = process.env.npm_execpath ?? "";
  // The Node that npm itself runs on: ours may be inside node_modules, which `npm ci` deletes.
  const npmNode = process.env.npm_node_execpath ?? "";
  const outside = (file) => fs.existsSync(file) && !file.startsWith(inModules());
  const direct = path.basename(npmScript) === "npm-cli.js" && outside(npmScript) && (outside(npmNode) || outside(process.execPath));
  const result = direct
    ? spawnSync(outside(npmNode) ? npmNode : process.execPath, [npmScript, ...args], options)
    : spawnSync("npm", args, { ...options, shell: isWindows });
  if (result.status === 0) return;
  const output = `${result.stdout ?? ""}\n${result.stderr ?? ""}`.split("\n").filter((line) => /^npm (error|ERR!) ./.test(line));
  const cause = result.error ? String(result.error.message) : output.slice(0, 12).join("\n");
  throw new Error(`npm ${args[0]} failed (exit code ${result.status ?? "none"})\n${cause}`);
}

function install() {
  // Windows cannot delete an executable that is running, and that may be us.
  const ourselvesInside = process.execPath.startsWith(inModules());
  const command = isWindows && ourselvesInside ? ["install", "--no-save"] : ["ci"];
  // No package's install script is needed but the one that fetches Node 24: the others compile or download.
  runNpm([...command, "--ignore-scripts", "--include=dev", "--include=optional", "--no-audit", "--no-fund", "--loglevel=error"]);
  runNpm(["rebuild", "node", "--ignore-scripts=false", "--loglevel=error"]);
  if (!fs.existsSync(nodeBinary)) throw new Error(`npm finished, but ${path.relative(projectRoot, nodeBinary)} is not there`);
}

/** npm links the commands of dependencies only, so the project's own `raif` is linked here. */
function linkRaif() {
  const link = inModules(".bin", "raif");
  const target = path.join(projectRoot, "build", "bin", "raif.js");
  fs.rmSync(link, { force: true });
  if (!isWindows) {
    fs.chmodSync(target, 0o755);
    fs.symlinkSync(path.relative(path.dirname(link), target), link);
    return;
  }
  fs.writeFileSync(link, `#!/bin/sh\nexec node "$(dirname "$0")/../../build/bin/raif.js" "$@"\n`);
  fs.writeFileSync(`${link}.cmd`, `@node "%~dp0\\..\\..\\build\\bin\\raif.js" %*\r\n`);
}

/** Installs if needed; says so in one line on standard error. Throws with npm's own words when that fails. */
export function ensureInstalled() {
  if (reasonToInstall() === undefined) return;
  withInstallMutex(() => {
    const reason = reasonToInstall();
    if (reason === undefined) return;
    if (!installedMatchesLock()) {
      process.stderr.write(`Installing packages: ${reason} (about half a minute) ...\n`);
      install();
    }
    linkRaif();
    fs.writeFileSync(stampFile, lockHash());
  });
}

/** Runs a script under Node 24 with this terminal and ends with its exit code; the script ends when this process does. */
export function runUnderNode24(script, args) {
  const binaries = inModules(".bin");
  const pathKey = Object.keys(process.env).find((key) => key.toUpperCase() === "PATH") ?? "PATH";
  const environment = { ...process.env, [pathKey]: `${binaries}${path.delimiter}${process.env[pathKey] ?? ""}` };
  const child = spawn(nodeBinary, [script, ...args], { stdio: ["inherit", "inherit", "inherit", "ipc"], env: environment });
  // A terminal sends Ctrl-C to both; the child decides what it means, and we report how it ended.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGHUP", () => child.kill("SIGHUP"));
  child.on("error", (error) => {
    process.stderr.write(`cannot start ${nodeBinary}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? (signal === "SIGINT" ? 130 : signal === "SIGTERM" ? 143 : 1);
    if (child.connected) child.disconnect();
  });
}

function main() {
  const [script, ...args] = process.argv.slice(2);
  if (script === undefined) {
    process.stderr.write("usage: node build/bin/bootstrap.js <script> [arguments...]\n");
    process.exitCode = 2;
    return;
  }
  try {
    ensureInstalled();
  } catch (error) {
    process.stderr.write(`error: the project's packages could not be installed: ${error.message}\n`);
    process.exitCode = 1;
    return;
  }
  runUnderNode24(path.resolve(projectRoot, script), args);
}

if (process.argv[1] !== undefined && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) main();
