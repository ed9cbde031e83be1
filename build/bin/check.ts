// `npm run check`: format, lint, types, boundaries, dead code, tests, each as its own process, with a summary at the end.
// `check.ts <name>...` runs only those. Knows which tool proves what; what is allowed stands in the tools' own configs.

import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

const projectRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Every command is a script under node_modules with its arguments; a step fails with the first that fails. */
const STEPS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  format: [["prettier/bin/prettier.cjs", "--check", "--log-level", "warn", "."]],
  lint: [["eslint/bin/eslint.js", "--max-warnings", "0", "."]],
  types: [
    ["@native/typescript/bin/tsc", "-p", "tsconfig.json"],
    ["@native/typescript/bin/tsc", "-p", "shared/tsconfig.json"],
    ["svelte-check/bin/svelte-check", "--tsconfig", "renderer/tsconfig.json", "--fail-on-warnings"],
  ],
  boundaries: [
    [
      "dependency-cruiser/bin/dependency-cruiser.mjs",
      "--config",
      ".dependency-cruiser.mjs",
      "--output-type",
      "err",
      "shared",
      "electron",
      "build",
    ],
  ],
  deadcode: [["knip/bin/knip.js", "--no-progress"]],
  tests: [["vitest/vitest.mjs", "run"]],
};

interface Outcome {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
}

function runStep(name: string): Outcome {
  process.stdout.write(`\n== ${name}\n`);
  const start = performance.now();
  const passed = (STEPS[name] ?? []).every(([script = "", ...args]) => {
    const result = spawnSync(process.execPath, [path.join("node_modules", script), ...args], { cwd: projectRoot, stdio: "inherit" });
    return result.status === 0;
  });
  return { name, passed, seconds: (performance.now() - start) / 1000 };
}

function main(): void {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => STEPS[name] === undefined);
  if (unknown.length > 0) {
    process.stderr.write(`unknown step ${unknown.join(", ")}; there are ${Object.keys(STEPS).join(", ")}\n`);
    process.exitCode = 2;
    return;
  }
  const outcomes = (wanted.length > 0 ? wanted : Object.keys(STEPS)).map(runStep);
  process.stdout.write("\n== summary\n");
  for (const { name, passed, seconds } of outcomes) {
    process.stdout.write(`${passed ? "ok    " : "FAILED"}  ${name.padEnd(10)} ${seconds.toFixed(1).padStart(6)} s\n`);
  }
  process.exitCode = outcomes.every((outcome) => outcome.passed) ? 0 : 1;
}

main();
