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
  plant("electron/engine/grpo/loss.ts", 'import { AREA } from "../tensor/area.ts";\n\nexport const LOSS = AREA + 1;\n');
  plant("electron/services/report.ts", 'import { LOSS } from "../engine/grpo/loss.ts";\n\nexport const REPORT = `${LOSS}\\n`;\n');
  plant("electron/cli/main.ts", 'import { REPORT } from "../services/report.ts";\n\nprocess.stdout.write(REPORT);\n');
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

/** The check passes the copy as it is, fails with the files planted, and names every fault. */
function expectCaught(run: () => ReturnType<typeof check>, files: Readonly<Record<string, string>>, faults: readonly RegExp[]): void {
  expect(run()).toMatchObject({ code: 0 });
  for (const [file, content] of Object.entries(files)) plant(file, content);
  const planted = run();
  for (const file of Object.keys(files)) rmSync(path.join(copy, file));
  for (const fault of faults) expect(planted.output).toMatch(fault);
  expect(planted.code).not.toBe(0);
}

test("type errors fail the type check", () => {
  expectCaught(
    () => check("@native/typescript/bin/tsc", "-p", "tsconfig.json"),
    {
      "shared/wrong-type.ts": 'export const size: number = "two";\n',
      "shared/unchecked-index.ts": "export const first: number = [1, 2][0];\n",
      "shared/not-erasable.ts": "export enum Kind {\n  A,\n}\n",
    },
    [/wrong-type\.ts.*TS2322/, /unchecked-index\.ts.*TS2322/, /not-erasable\.ts.*TS1294/],
  );
});

test("any and a forgotten promise fail the linter, and nothing else does", () => {
  plant("shared/planted.ts", "export const anything: any = 1;\n\nPromise.resolve(1);\n");
  const { code, output } = check("eslint/bin/eslint.js", ".");
  rmSync(path.join(copy, "shared/planted.ts"));
  expect(output).toMatch(/no-explicit-any[^]*no-floating-promises[^]*2 problems/);
  expect(code).toBe(1);
});

test("forbidden imports fail the boundaries", () => {
  const imports: readonly (readonly [file: string, target: string, rule: string])[] = [
    ["shared/a.ts", "../electron/engine/tensor/area.ts", "shared-imports-only-zod"],
    ["shared/b.ts", "node:fs", "shared-imports-only-zod"],
    ["electron/engine/tensor/c.ts", "../../cli/main.ts", "engine-knows-no-host"],
    ["electron/engine/tensor/d.ts", "../grpo/loss.ts", "engine-tensor-looks-down-only"],
    ["electron/engine/rewards/e.ts", "../grpo/loss.ts", "rewards-see-no-graphs"],
    ["electron/engine/model/f.ts", "onnxruntime-node", "one-door-to-onnx-runtime"],
    ["electron/services/g.ts", "better-sqlite3", "one-door-to-sqlite"],
    ["electron/storage/h.ts", "../engine/tensor/area.ts", "storage-knows-no-engine"],
    ["electron/cli/i.ts", "../engine/tensor/area.ts", "cli-goes-through-services"],
    ["electron/ipc/j.ts", "../engine/model/f.ts", "hosts-never-reach-onnx-runtime"],
  ];
  expectCaught(
    () => check("dependency-cruiser/bin/dependency-cruiser.mjs", "--config", ".dependency-cruiser.mjs", "shared", "electron"),
    Object.fromEntries(imports.map(([file, target]) => [file, `import "${target}";\n`])),
    imports.map(([file, , rule]) => new RegExp(`${rule}: ${file}`)),
  );
});

test("a file that nobody imports fails the dead-code check, bad layout the format check", () => {
  expectCaught(
    () => check("knip/bin/knip.js", "--no-progress", "--include", "files"),
    { "electron/engine/planted.ts": "export const NEVER = 1;\n" },
    [/planted\.ts/],
  );
  expectCaught(
    () => check("prettier/bin/prettier.cjs", "--check", "shared", "electron"),
    { "shared/planted.ts": "export const a = 'x'\n" },
    [/planted\.ts/],
  );
});
