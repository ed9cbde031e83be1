// `npm start` as a user has it, with a browser that looks at the page and closes.

import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { buildInterface } from "../../electron/e2e/testing/served-process.ts";

const projectRoot = path.resolve(import.meta.dirname, "..", "..");
const unix = process.platform !== "win32";

let folder: string;
let child: ChildProcess | undefined;
beforeAll(buildInterface);
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "npm-start-"));
  mkdirSync(path.join(folder, "bin"));
});
afterEach(() => {
  child?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

interface Start {
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Start {
  let output = "";
  const env = {
    ...process.env,
    XDG_DATA_HOME: folder,
    WAYLAND_DISPLAY: "",
    PATH: `${path.join(folder, "bin")}:${process.env["PATH"] ?? ""}`,
    ...environment,
  };
  child = spawn(process.execPath, [path.join(projectRoot, "build", "bin", "start.ts"), ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
  return { output: () => output, ended: new Promise((resolve) => child?.once("exit", resolve)) };
}

/** Opens the address it is given, notes what it sees, and is closed by its user. */
function installBrowser(): void {
  const program = `#!${process.execPath}
const { writeFileSync } = require("node:fs");
const url = process.argv.find((argument) => argument.startsWith("--app="))?.slice(6) ?? "";
(async () => {
  const entered = await fetch(url, { redirect: "manual" });
  const cookie = entered.headers.get("set-cookie").split(";")[0];
  const page = await fetch(new URL("/", url), { headers: { cookie } });
  writeFileSync(${JSON.stringify(path.join(folder, "seen.json"))}, JSON.stringify({ args: process.argv.slice(2), status: page.status, text: await page.text() }));
})();
`;
  writeFileSync(path.join(folder, "bin", "chromium"), program, { mode: 0o755 });
}

test.runIf(unix)("a window of an installed browser is the workbench, and closing it ends the workbench", async () => {
  installBrowser();
  const { output, ended } = start(["--served", "--no-example"], { DISPLAY: ":77" });
  expect([await ended, output()]).toEqual([0, expect.stringContaining("The workbench is open in a window of chromium.")]);
  const seen = JSON.parse(readFileSync(path.join(folder, "seen.json"), "utf8")) as { args: string[]; status: number; text: string };
  expect(seen.status).toBe(200);
  expect(seen.text).toContain("<title>RAIF Workbench</title>");
  expect(seen.args).toContain(`--user-data-dir=${path.join(folder, "raif-workbench", "browser")}`);
  expect(existsSync(path.join(folder, "raif-workbench", "workspace.sqlite"))).toBe(process.platform === "linux");
});

test.runIf(unix)("the address is printed where no window is wanted, and Ctrl-C ends in order", async () => {
  const workspace = path.join(folder, "mine.sqlite");
  const { output, ended } = start(["--no-open", "--no-example", "--workspace", workspace]);
  await expect.poll(output, { timeout: 60_000 }).toMatch(/^Open http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}$/m);
  expect(existsSync(workspace)).toBe(true);
  child?.kill("SIGINT");
  expect(await ended).toBe(0);
});

test.runIf(process.platform === "linux")("without a display it says so in one line and serves", async () => {
  const { output, ended } = start(["--no-example"], { DISPLAY: "" });
  await expect.poll(output, { timeout: 60_000 }).toContain("Open http://127.0.0.1");
  expect(output().split("\n")[0]).toBe("There is no display here, so no desktop window: serving the same workbench to a browser instead.");
  child?.kill("SIGTERM");
  expect(await ended).toBe(0);
});

test("help, and what is not understood, are said in words", async () => {
  const help = start(["--help"]);
  expect([await help.ended, help.output()]).toEqual([0, expect.stringContaining("--no-open")]);
  const wrong = start(["--port", "many"]);
  expect([await wrong.ended, wrong.output()]).toEqual([1, expect.stringContaining('--port takes a port from 0 to 65535, not "many"')]);
});
