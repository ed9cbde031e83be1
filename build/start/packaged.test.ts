// The packaged application, made by the real packager around a stand-in for Electron's program file: fuses in place, nothing missing.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build, Platform } from "electron-builder";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildInterface } from "../../electron/e2e/testing/served-process.ts";
import config from "../electron-builder.config.ts";
import { buildDesktop } from "./desktop-build.ts";

const projectRoot = path.resolve(import.meta.dirname, "..", "..");
/** How the packager's fuse tool finds the switches in a program file: this text, a version, their number, one character each. */
const FUSE_SENTINEL = "dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX";
/** In the order of the switches, all as Electron ships them. */
const AS_SHIPPED = "101000011";
const FUSES = [
  "runAsNode",
  "enableCookieEncryption",
  "enableNodeOptionsEnvironmentVariable",
  "enableNodeCliInspectArguments",
  "enableEmbeddedAsarIntegrityValidation",
  "onlyLoadAppFromAsar",
  "loadBrowserProcessSpecificV8Snapshot",
  "grantFileProtocolExtraPrivileges",
] as const;

interface AsarTool {
  readonly listPackage: (archive: string) => readonly string[];
  readonly extractAll: (archive: string, folder: string) => void;
}

// Packages of other systems have another layout around the same archive.
describe.runIf(process.platform === "linux" && process.arch === "x64")("the packaged application", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "packaged-"));
  const packaged = path.join(folder, "out", "linux-unpacked");
  const archive = path.join(packaged, "resources", "app.asar");
  // The packager's own tool for archives.
  const asar = createRequire(createRequire(import.meta.url).resolve("electron-builder"))("@electron/asar") as AsarTool;

  beforeAll(async () => {
    await buildInterface();
    buildDesktop(projectRoot);
    await build({
      projectDir: projectRoot,
      targets: Platform.LINUX.createTarget("dir"),
      config: { ...config, directories: { ...config.directories, output: path.join(folder, "out") }, electronDist: standIn() },
      publish: "never",
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function standIn(): string {
    const distribution = path.join(folder, "electron");
    mkdirSync(path.join(distribution, "resources"), { recursive: true });
    mkdirSync(path.join(distribution, "locales"));
    const wire = Buffer.concat([
      Buffer.from(`\x7fELF${" ".repeat(64)}${FUSE_SENTINEL}`, "latin1"),
      Buffer.from([1, AS_SHIPPED.length]),
      Buffer.from(AS_SHIPPED),
    ]);
    writeFileSync(path.join(distribution, "electron"), wire, { mode: 0o755 });
    for (const name of ["LICENSE", "LICENSES.chromium.html", "chrome_crashpad_handler", "chrome-sandbox"])
      writeFileSync(path.join(distribution, name), "");
    const { version } = JSON.parse(readFileSync(path.join(projectRoot, "node_modules", "electron", "package.json"), "utf8")) as {
      version: string;
    };
    writeFileSync(path.join(distribution, "version"), version);
    return distribution;
  }

  test("has its fuses set in the program file", () => {
    const program = readFileSync(path.join(packaged, "raif-workbench"), "latin1");
    const at = program.indexOf(FUSE_SENTINEL) + FUSE_SENTINEL.length + 2;
    const set = Object.fromEntries(FUSES.map((fuse, index) => [fuse, program[at + index] === "1"]));
    expect(set).toEqual(config.electronFuses);
  });

  test("holds what is needed and no sources, tests or tools", () => {
    const files = asar.listPackage(archive);
    for (const file of [
      "/electron/main/main.js",
      "/electron/preload/preload.cjs",
      "/out/renderer/index.html",
      "/resources/nano/model.safetensors",
    ]) {
      expect(files).toContain(file);
    }
    const unwanted = files.filter((file) =>
      /\.test\.|\/testing\/|\/e2e\/|\.tsx?$|node_modules\/(electron|vitest|vite|svelte|typescript|playwright|node)(\/|$)/.test(file),
    );
    expect(unwanted).toEqual([]);
    const systems = files.filter((file) => /onnxruntime-node\/bin\/napi-v\d+\/[^/]+$/.test(file));
    expect(systems.map((file) => path.posix.basename(file))).toEqual(["linux"]);
  });

  test("works from the archive: a host opens, and the doctor finds engine, database, model and data", () => {
    const application = path.join(folder, "application");
    asar.extractAll(archive, application);
    const fileUrl = (file: string): string => pathToFileURL(path.join(application, "electron", file)).href;
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
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
    expect(stderr).toBe("");
    const result = JSON.parse(stdout) as { value: { name: string; ok: boolean; detail: string }[] };
    expect(result.value.filter(({ ok }) => !ok)).toEqual([]);
    expect(result.value).toHaveLength(7);
  });
});
