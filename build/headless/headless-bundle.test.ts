// The headless bundle unpacked into an empty folder and run with an empty environment, as on a machine that has nothing; compressed
// fast, since the size is the packaging's own business.

import { spawnSync } from "node:child_process";
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { createZstdDecompress } from "node:zlib";
import { extract } from "tar";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { archiveBundle, stageBundle } from "./headless-bundle.ts";

const projectRoot = path.resolve(import.meta.dirname, "..", "..");

describe.runIf(process.platform === "linux" && process.arch === "x64")("the headless bundle", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "headless-"));
  const staged = path.join(folder, "staged", "raif-test");
  const archive = path.join(folder, "raif.tar.zst");
  const unpacked = path.join(folder, "empty");

  beforeAll(async () => {
    stageBundle(projectRoot, staged, { platform: "linux", arch: "x64" });
    await archiveBundle(staged, archive, 1);
    mkdirSync(unpacked);
    await pipeline(createReadStream(archive), createZstdDecompress(), extract({ cwd: unpacked }) as unknown as NodeJS.WritableStream);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function raif(...args: readonly string[]) {
    const { status, stdout, stderr } = spawnSync(path.join(unpacked, "raif-test", "raif"), args, {
      cwd: unpacked,
      env: {},
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  }

  test("finds itself sound", () => {
    const { status, stdout, stderr } = raif("doctor");
    expect(status, stderr).toBe(0);
    expect(stdout).toContain("CPU works");
  });

  test("generates with the nano model", () => {
    const { status, stdout, stderr } = raif("generate", "--model", "nano", "--prompt", "Say cat.", "--max-new-tokens", "8", "--json");
    expect(status, stderr).toBe(0);
    expect((JSON.parse(stdout) as { tokens: number[] }).tokens.length).toBeGreaterThan(0);
  });

  test("trains two steps", () => {
    const settings = [
      "promptsPerStep=2",
      "numGenerations=2",
      "maxNewTokens=16",
      "superiorCot.thinkSamples=2",
      "superiorCot.emptySamples=1",
    ];
    const where = ["--model", "nano", "--data", "starter", "--workspace", "run.sqlite"];
    const { status, stdout, stderr } = raif("train", ...where, "--steps", "2", "--json", ...settings.flatMap((each) => ["--set", each]));
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({ type: "end", steps: 2 });
  });

  test("holds nothing of other systems and no types or tests", () => {
    const runtime = path.join(unpacked, "raif-test", "node_modules", "onnxruntime-node", "bin", "napi-v6");
    expect(existsSync(path.join(runtime, "linux", "x64"))).toBe(true);
    for (const other of ["win32", "darwin"]) expect(existsSync(path.join(runtime, other))).toBe(false);
    expect(existsSync(path.join(unpacked, "raif-test", "electron", "cli", "program.test.ts"))).toBe(false);
  });
});

test("the same files give the same archive, whatever their times", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "headless-same-"));
  const bytes = async (name: string): Promise<Buffer> => {
    const bundle = path.join(folder, name, "raif-test");
    mkdirSync(bundle, { recursive: true });
    for (const file of name === "a" ? ["x.txt", "y.txt"] : ["y.txt", "x.txt"]) writeFileSync(path.join(bundle, file), file);
    const archive = path.join(folder, `${name}.tar.zst`);
    await archiveBundle(bundle, archive, 3);
    return readFileSync(archive);
  };
  const first = await bytes("a");
  await new Promise((resolve) => setTimeout(resolve, 1100));
  expect((await bytes("b")).equals(first)).toBe(true);
  rmSync(folder, { recursive: true, force: true });
});
