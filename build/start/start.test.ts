// What `npm start` is made of: finding a browser, building when something changed, and what Electron is given to run.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { buildDesktop } from "./desktop-build.ts";
import { electronBinary } from "./electron-binary.ts";
import { findBrowser, hasDisplay, openAppWindow } from "./find-browser.ts";
import { reasonToBuild } from "./renderer-build.ts";

const projectRoot = path.resolve(import.meta.dirname, "..", "..");
let folder: string;

beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "start-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("the first browser that can be run is taken, on every system", () => {
  const on = (platform: NodeJS.Platform, environment: Record<string, string>, ...there: string[]): string | undefined =>
    findBrowser({ platform, environment, isRunnable: (file) => there.includes(file) });
  const PATH = "/usr/local/bin:relative:/usr/bin";
  expect(on("linux", { PATH }, "/usr/bin/google-chrome", "/usr/bin/chromium")).toBe("/usr/bin/chromium");
  expect(on("linux", { PATH }, "/usr/bin/microsoft-edge")).toBe("/usr/bin/microsoft-edge");
  expect(on("linux", { PATH }, "relative/chromium", "/elsewhere/chromium")).toBeUndefined();
  const chrome = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
  expect(on("darwin", { HOME: "/Users/ada" }, chrome)).toBe(chrome);
  const edge = "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe";
  expect(on("win32", { PROGRAMFILES: "C:\\Program Files", "PROGRAMFILES(X86)": "C:\\Program Files (x86)" }, edge)).toBe(edge);
});

test("without a display on Linux there is no window to open", () => {
  const on = (platform: NodeJS.Platform, environment: Record<string, string>): boolean =>
    hasDisplay({ platform, environment, isRunnable: () => false });
  expect(on("linux", {})).toBe(false);
  expect(on("linux", { DISPLAY: "" })).toBe(false);
  expect(on("linux", { DISPLAY: ":0" })).toBe(true);
  expect(on("linux", { WAYLAND_DISPLAY: "wayland-0" })).toBe(true);
  expect(on("darwin", {})).toBe(true);
});

test("a window is an application's window with a profile of its own, and its end is noticed", async () => {
  if (process.platform === "win32") return;
  const browser = path.join(folder, "browser.sh");
  writeFileSync(browser, `#!/bin/sh\nprintf '%s\\n' "$@" > "${folder}/args"\n`, { mode: 0o755 });
  const window = openAppWindow(browser, "http://127.0.0.1:1/?token=x", path.join(folder, "profile"));
  expect(await window.closed).toEqual({ failed: undefined });
  const args = readFileSync(path.join(folder, "args"), "utf8").trim().split("\n");
  expect(args).toContain("--app=http://127.0.0.1:1/?token=x");
  expect(args).toContain(`--user-data-dir=${path.join(folder, "profile")}`);
  writeFileSync(browser, "#!/bin/sh\nexit 3\n", { mode: 0o755 });
  expect(await openAppWindow(browser, "http://x", folder).closed).toEqual({ failed: "exit code 3" });
  expect((await openAppWindow(path.join(folder, "none"), "http://x", folder).closed).failed).toContain("ENOENT");
});

test("the interface is built when there is none, and when what it is made of is newer", () => {
  const at = (file: string, seconds: number): void => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), "");
    utimesSync(path.join(folder, file), seconds, seconds);
  };
  at("renderer/main.ts", 100);
  utimesSync(path.join(folder, "renderer"), 100, 100);
  expect(reasonToBuild(folder)).toBe("it is not built yet");
  at("out/renderer/index.html", 200);
  expect(reasonToBuild(folder)).toBeUndefined();
  at("renderer/main.ts", 300);
  expect(reasonToBuild(folder)).toBe("renderer changed since it was built");
});

test("a missing program file of Electron is fetched, or missed with the reason", async () => {
  const electron = path.join(folder, "node_modules", "electron");
  expect(await electronBinary(folder, () => undefined)).toEqual({ missing: "the package electron is not installed" });
  mkdirSync(electron, { recursive: true });
  const said: string[] = [];
  const fetchWith = (installer: string, limitMs?: number): ReturnType<typeof electronBinary> => {
    writeFileSync(path.join(electron, "install.js"), installer);
    return electronBinary(folder, (line) => said.push(line), limitMs);
  };
  expect(await fetchWith(`console.error("TypeError: fetch failed\\n  at x"); process.exit(1)`)).toEqual({
    missing: "TypeError: fetch failed",
  });
  expect(await fetchWith("setTimeout(() => {}, 60000)", 300)).toEqual({ missing: "it took too long" });
  const makes = `const fs = require("fs"); fs.mkdirSync(__dirname + "/dist"); fs.writeFileSync(__dirname + "/dist/electron", ""); fs.writeFileSync(__dirname + "/path.txt", "electron")`;
  expect(await fetchWith(makes)).toEqual({ path: path.join(electron, "dist", "electron") });
  expect(said).toHaveLength(3);
  // Once it is there nothing is fetched or said.
  expect(await fetchWith("process.exit(1)")).toEqual({ path: path.join(electron, "dist", "electron") });
  expect(said).toHaveLength(3);
});

test("Electron is given JavaScript that a host and an engine run from, and a preload of one small CommonJS file", () => {
  const built = buildDesktop(projectRoot, path.join(folder, "desktop"));
  symlinkSync(path.join(projectRoot, "node_modules"), path.join(built, "node_modules"), "junction");
  const manifest = JSON.parse(readFileSync(path.join(built, "package.json"), "utf8")) as { main: string };
  expect(existsSync(path.join(built, manifest.main))).toBe(true);
  const preload = readFileSync(path.join(built, "electron", "preload", "preload.cjs"), "utf8");
  expect(preload.match(/\brequire\(/g)).toHaveLength(1);
  expect(preload).not.toMatch(/^import /m);
  const source = readFileSync(path.join(projectRoot, "electron", "preload", "preload.cts"), "utf8");
  expect(source.trimEnd().split("\n").length).toBeLessThanOrEqual(40);
  // Types are not stripped here: what runs is what was built.
  const fileUrl = (file: string): string => pathToFileURL(path.join(built, "electron", file)).href;
  const program = `
    import { openHost, noDialogs, sessionSecrets } from "${fileUrl("ipc/host.js")}";
    import { nodeEngineLauncher } from "${fileUrl("engine-host/engine-process.js")}";
    import { launchNodeAside, sideTasks } from "${fileUrl("ipc/side-task.js")}";
    const host = openHost({ surface: "desktop", workspaceFile: process.argv[2], launchEngine: nodeEngineLauncher(),
      runAside: sideTasks(launchNodeAside), dialogs: noDialogs, secrets: sessionSecrets(), example: false, onBug: console.error });
    console.log(JSON.stringify(await host.dispatch("app.doctor", {})));
    await host.close();`;
  writeFileSync(path.join(folder, "program.mjs"), program);
  const args = ["--no-experimental-strip-types", path.join(folder, "program.mjs"), path.join(folder, "w.sqlite")];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: built, encoding: "utf8" });
  expect(stderr).toBe("");
  const result = JSON.parse(stdout) as { value: { name: string; ok: boolean; detail: string }[] };
  expect(result.value.filter(({ ok }) => !ok)).toEqual([]);
  expect(result.value.map(({ name }) => name)).toContain("onnxruntime");
});
