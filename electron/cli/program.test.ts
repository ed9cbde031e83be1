// The command line from outside: help everywhere, exit codes, and --json that prints nothing but JSON objects.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { WorkbenchError } from "../../shared/errors.ts";
import { acquireEngineLock } from "../storage/engine-lock.ts";
import { createRun, setRunStatus } from "../storage/runs.ts";
import { openWorkspace } from "../storage/open-workspace.ts";
import { reportError } from "./report-error.ts";
import { formatTable, openTerminal } from "./terminal.ts";
import { jsonLines, raif, recordingShell } from "./testing/recording-shell.ts";

const folder = mkdtempSync(path.join(tmpdir(), "raif-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("help and usage", () => {
  test("every command explains itself and all its options", async () => {
    const overview = await raif("--help");
    expect(overview.code).toBe(0);
    const names = [...overview.out.matchAll(/^ {2}([a-z]+) (?:\[|<)/gm)]
      .map((match) => match[1] as string)
      .filter((name) => name !== "help");
    expect(names).toEqual(expect.arrayContaining(["train", "resume", "runs", "generate", "logits", "step", "doctor"]));
    for (const name of names) {
      const { code, out } = await raif(name, "--help");
      expect(code).toBe(0);
      expect(out).toContain(`Usage: raif ${name}`);
      for (const line of out.split("\n").filter((text) => /^ {2}--/.test(text))) expect(line).toMatch(/^ {2}--\S.* {2}\S/);
    }
  });

  test.each([
    [["nonsense"], /unknown command 'nonsense'/],
    [["runs"], /--workspace <file>/],
    [["runs", "--workspace", "x", "--no-such-option"], /unknown option '--no-such-option'/],
    [[], /Usage: raif/],
  ])("%j is a usage error", async (argv, message) => {
    const { code, out, err } = await raif(...argv);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toMatch(message);
  });
});

describe("failures", () => {
  test("an expected failure is one line with its code, and an object with --json", async () => {
    const missing = path.join(folder, "missing.sqlite");
    const plain = await raif("runs", "--workspace", missing);
    expect(plain).toMatchObject({ code: 1, out: "" });
    expect(plain.err).toMatch(/^error file-not-found: .*missing\.sqlite\n$/);
    const json = await raif("runs", "--workspace", missing, "--json");
    expect(json.code).toBe(1);
    expect(jsonLines(json.out)).toMatchObject([{ error: { code: "file-not-found", where: missing } }]);
    expect(jsonLines((await raif("runs", "--json")).out)).toMatchObject([{ error: { code: "invalid-argument" } }]);
  });

  test("a bug shows its stack and causes; a cancelled command ends like an interrupted one", () => {
    const shell = recordingShell();
    expect(reportError(new Error("outer", { cause: new TypeError("inner") }), shell, true)).toBe(1);
    expect(shell.printed.err).toMatch(/Error: outer\n +at [\s\S]*caused by: TypeError: inner\n +at /);
    expect(jsonLines(shell.printed.out)).toEqual([{ error: { code: "internal", message: "outer" } }]);
    expect(reportError(new WorkbenchError("cancelled", "stopped"), recordingShell(), false)).toBe(130);
  });
});

test("runs lists what the workspace holds, newest first", async () => {
  const file = path.join(folder, "workspace.sqlite");
  const db = openWorkspace(file, { create: true });
  const hashes = { dataHash: "d", modelHash: "m", tokenizerHash: "t", chatTemplateHash: "c", engineVersion: "e" };
  const common = { config: {}, seed: 7, device: "cpu", totalSteps: 40, baseModel: "nano", ...hashes };
  createRun(db, { ...common, name: "first", method: "sft" });
  const second = createRun(db, { ...common, name: "second", method: "raif", recipe: "paper" });
  setRunStatus(db, second.id, "failed", { code: "non-finite" });
  db.close();

  const lock = acquireEngineLock(file);
  const { code, out } = await raif("runs", "--workspace", file, "--json");
  lock.release();
  expect(code).toBe(0);
  expect(jsonLines(out)).toMatchObject([
    { id: 2, method: "raif", recipe: "paper", status: "failed", lastStep: 0, totalSteps: 40, error: { code: "non-finite" } },
    { id: 1, method: "sft", status: "running", seed: 7 },
  ]);
  // nobody holds the workspace any more, so nothing runs
  expect(jsonLines((await raif("runs", "--workspace", file, "--json")).out)[1]).toMatchObject({ id: 1, status: "interrupted" });
  const lines = (await raif("runs", "--workspace", file)).out.trimEnd().split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(/^ *2 +failed +0 +40 +raif +paper +nano/);
});

test("doctor finds a working runtime and database, and fails on a broken workspace", async () => {
  const findings = jsonLines((await raif("doctor", "--json", "--workspace", path.join(folder, "none.sqlite"))).out);
  const status = (name: string) => findings.find((finding) => finding["name"] === name)?.["status"];
  expect([status("onnxruntime"), status("sqlite"), status("workspace")]).toEqual(["ok", "ok", "failed"]);
  expect((await raif("doctor", "--workspace", path.join(folder, "none.sqlite"))).code).toBe(1);
});

test("tables align; a terminal prints either text or JSON", () => {
  expect(
    formatTable(
      ["name", "n"],
      [
        ["a", 5],
        ["long name", 12],
      ],
    ),
  ).toBe("name        n\na           5\nlong name  12");
  for (const json of [true, false]) {
    const shell = recordingShell();
    const terminal = openTerminal(shell, json);
    terminal.print("text");
    terminal.emit({ value: NaN });
    const progress = terminal.progress("work", 2);
    progress.update(2, "done");
    progress.stop();
    expect(shell.printed).toEqual({ out: json ? '{"value":null}\n' : "text\n", err: "work 2/2 done\n" });
  }
});
