// The headless bundle unpacked into an empty folder and run with an empty environment, as on a machine that has nothing; compressed
// fast, since the size is the packaging's own business.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { archiveBundle, stageBundle } from "./headless-bundle.ts";
import { tryBundle } from "./try-bundle.ts";

const projectRoot = path.resolve(import.meta.dirname, "..", "..");

describe.runIf(process.platform === "linux" && process.arch === "x64")("the headless bundle", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "headless-"));
  const staged = path.join(folder, "staged", "raif-test");
  const archive = path.join(folder, "raif.tar.zst");
  const unpacked = path.join(folder, "empty");

  beforeAll(async () => {
    // A page in place of the built interface, which takes longer to build than all of this.
    const renderer = path.join(folder, "renderer");
    mkdirSync(renderer);
    writeFileSync(path.join(renderer, "index.html"), "<!doctype html><title>Workbench</title>");
    stageBundle(projectRoot, renderer, staged, { platform: "linux", arch: "x64" });
    await archiveBundle(staged, archive, 1);
    mkdirSync(unpacked);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("does its work in an empty folder without an environment", async () => {
    const passed: string[] = [];
    for await (const { name } of tryBundle(archive, unpacked)) passed.push(name);
    expect(passed).toEqual(["doctor", "generate", "train", "resume", "evaluate", "verify", "serve"]);
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
  // One frame alone: an empty one behind it breaks Node's reader where it meets the end of a piece.
  expect(first.lastIndexOf(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]))).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});
