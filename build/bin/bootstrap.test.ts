// The launcher's promises: it does next to nothing when all is installed, passes arguments, exit codes and signals on, and what it
// started never outlives it.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";

const PROJECT = path.join(import.meta.dirname, "..", "..");
const BOOTSTRAP = path.join(import.meta.dirname, "bootstrap.js");
const folder = mkdtempSync(path.join(tmpdir(), "raif-bootstrap-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function script(name: string, content: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

test("runs a script under Node 24 with its arguments and ends with its exit code", () => {
  const echo = script(
    "echo.ts",
    "const [, , ...args]: string[] = process.argv; console.log(process.version, args.join('|')); process.exitCode = 7;",
  );
  const result = spawnSync(process.execPath, [BOOTSTRAP, echo, "a b", "--c"], { cwd: folder, encoding: "utf8" });
  expect(result.stdout).toMatch(/^v24\.\d+\.\d+ a b\|--c\n$/);
  expect(result).toMatchObject({ status: 7, stderr: "" });
  expect(spawnSync(process.execPath, [BOOTSTRAP]).status).toBe(2);
});

test.skipIf(process.platform === "win32")("the command line ends when its launcher is killed", async () => {
  const shellFile = path.join(PROJECT, "electron", "cli", "shell.ts");
  const waiting = script(
    "wait.ts",
    `import { processShell } from ${JSON.stringify(shellFile)}; processShell(); console.log(process.pid); setInterval(() => {}, 1000);`,
  );
  const launcher = spawn(process.execPath, [BOOTSTRAP, waiting], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(launcher.stdout, "data")) as [Buffer];
  const pid = Number(line.toString());
  expect(() => process.kill(pid, 0)).not.toThrow();
  launcher.kill("SIGKILL");
  for (let i = 0; i < 200 && isRunning(pid); i++) await sleep(50);
  expect(isRunning(pid)).toBe(false);
});

/** A killed process without a parent that reads its status stays as a zombie in some containers. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || !/^\d+ \(.*\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

test("no committed file names a package registry", () => {
  for (const file of ["package-lock.json", ".npmrc", "package.json"]) {
    expect(readFileSync(path.join(PROJECT, file), "utf8")).not.toMatch(/"resolved"|registry\s*=|registry\.npm/);
  }
});
