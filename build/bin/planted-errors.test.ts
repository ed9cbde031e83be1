// Proves that the checks can fail: each tool passes a small copy of the project and fails it once an error is planted.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const PROJECT = path.join(import.meta.dirname, "..", "..");
const CONFIGS = [
  "package.json",
  "tsconfig.json",
  "tsconfig.base.json",
  "eslint.config.mjs",
  "prettier.config.mjs",
  ".dependency-cruiser.mjs",
  "knip.config.ts",
];

let copy = "";

beforeAll(() => {
  copy = mkdtempSync(path.join(tmpdir(), "raif-planted-"));
  for (const file of CONFIGS) cpSync(path.join(PROJECT, file), path.join(copy, file));
  symlinkSync(path.join(PROJECT, "node_modules"), path.join(copy, "node_modules"), "junction");
  plant("shared/size.ts", "export const SIZE = 2;\n");
  plant("electron/engine/tensor/area.ts", 'import { SIZE } from "../../../shared/size.ts";\n\nexport const AREA = SIZE * SIZE;\n');
  plant("electron/cli/main.ts", 'import { AREA } from "../engine/tensor/area.ts";\n\nprocess.stdout.write(`${AREA}\\n`);\n');
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

function plant(file: string, content: string): void {
  mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
  writeFileSync(path.join(copy, file), content);
}

/** Exit code and output of a tool in the copy. */
function check(script: string, ...args: readonly string[]): { readonly code: number | null; readonly output: string } {
  const result = spawnSync(process.execPath, [path.join("node_modules", script), ...args], { cwd: copy, encoding: "utf8" });
  return { code: result.status, output: result.stdout + result.stderr };
}

/** The copy passes as it is, fails with the file planted, and the tool says what is wrong with it. */
function expectCaught(run: () => ReturnType<typeof check>, file: string, content: string, complaint: RegExp): void {
  plant(file, content);
  const planted = run();
  rmSync(path.join(copy, file));
  expect(planted.output).toMatch(complaint);
  expect(planted.code).not.toBe(0);
}

test("a type error fails the type check", () => {
  const types = () => check("@native/typescript/bin/tsc", "-p", "tsconfig.json");
  expect(types().code).toBe(0);
  expectCaught(types, "shared/planted.ts", 'export const size: number = "two";\n', /planted\.ts.*TS2322/);
  expectCaught(types, "shared/planted.ts", "export const first: number = [1, 2][0];\n", /planted\.ts.*TS2322/);
  expectCaught(types, "shared/planted.ts", "export enum Kind {\n  A,\n}\n", /planted\.ts.*TS1294/);
});

test("any fails the linter", () => {
  const lint = () => check("eslint/bin/eslint.js", ".");
  expect(lint()).toMatchObject({ code: 0 });
  const both = "export const anything: any = 1;\n\nPromise.resolve(1);\n";
  expectCaught(lint, "shared/planted.ts", both, /no-explicit-any[\s\S]*no-floating-promises/);
});

test("forbidden imports fail the boundaries", () => {
  const boundaries = () =>
    check("dependency-cruiser/bin/dependency-cruiser.mjs", "--config", ".dependency-cruiser.mjs", "shared", "electron");
  expect(boundaries()).toMatchObject({ code: 0 });
  const imports: readonly (readonly [file: string, target: string, rule: RegExp])[] = [
    ["shared/planted.ts", "../electron/engine/tensor/area.ts", /shared-imports-only-zod/],
    ["shared/planted.ts", "node:fs", /shared-imports-only-zod/],
    ["electron/engine/tensor/planted.ts", "../../cli/main.ts", /engine-knows-no-host/],
    ["electron/engine/model/planted.ts", "onnxruntime-node", /one-door-to-onnx-runtime/],
    ["electron/services/planted.ts", "better-sqlite3", /one-door-to-sqlite/],
    ["electron/storage/planted.ts", "../engine/tensor/area.ts", /storage-knows-no-engine/],
  ];
  for (const [file, target, rule] of imports) expectCaught(boundaries, file, `import "${target}";\n`, rule);

  plant("electron/engine/grpo/loss.ts", "export const LOSS = 1;\n");
  expectCaught(boundaries, "electron/engine/tensor/planted.ts", 'import "../grpo/loss.ts";\n', /engine-tensor-looks-down-only/);
  expectCaught(boundaries, "electron/engine/rewards/planted.ts", 'import "../grpo/loss.ts";\n', /rewards-see-no-graphs/);
  rmSync(path.join(copy, "electron/engine/grpo/loss.ts"));
});

test("a file that nobody imports fails the dead-code check, bad layout the format check", () => {
  const deadCode = () => check("knip/bin/knip.js", "--no-progress", "--include", "files");
  expect(deadCode()).toMatchObject({ code: 0 });
  expectCaught(deadCode, "electron/engine/planted.ts", "export const NEVER = 1;\n", /planted\.ts/);
  const format = () => check("prettier/bin/prettier.cjs", "--check", "shared", "electron");
  expect(format()).toMatchObject({ code: 0 });
  expectCaught(format, "shared/planted.ts", "export const a = 'x'\n", /planted\.ts/);
});
