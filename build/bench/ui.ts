// `npm run bench:ui`: how fast the workbench answers with 100,000 rollouts in its workspace, and its pages in a browser. The workspace is made once and kept
// in the temporary folder; `--rollouts N` makes a smaller one, `--workspace FILE` asks another.

import { existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { MIGRATIONS } from "../../electron/storage/migrations/migrations.ts";
import { openWorkspace } from "../../electron/storage/open-workspace.ts";
import { findBrowser } from "../start/find-browser.ts";
import { addMadeUpRun } from "./made-up-run.ts";
import { measurePages } from "./page-speed.ts";
import { measureTraceLatencies } from "./trace-latencies.ts";

const { values } = parseArgs({ options: { rollouts: { type: "string", default: "100000" }, workspace: { type: "string" } } });
const file = values.workspace ?? (await madeUpWorkspace(Number(values.rollouts)));
console.log(`workspace ${file}, ${(statSync(file).size / 1e6).toFixed(0)} MB`);
console.log(`${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}\n`);

const number = (ms: number): string => ms.toFixed(1).padStart(9);
console.log(`${"question".padEnd(28)}${"asked".padStart(6)}${"p50 ms".padStart(9)}${"p95 ms".padStart(9)}${"max ms".padStart(9)}  slowest`);
for (const { question, asked, p50Ms, p95Ms, slowestMs, slowest } of await measureTraceLatencies(file)) {
  console.log(`${question.padEnd(28)}${String(asked).padStart(6)}${number(p50Ms)}${number(p95Ms)}${number(slowestMs)}  ${slowest}`);
}

const browser = findBrowser();
if (browser === undefined) console.log("\nno Chromium, Chrome or Edge was found, so the pages are not measured");
else {
  const figures = await measurePages(file, browser, (line) => console.log(line));
  console.log(`\n${"in the browser".padEnd(34)}${"".padStart(9)}${"target".padStart(10)}`);
  for (const { measure, value, unit, limit, atLeast, note } of figures) {
    const target = limit === undefined ? "" : `${atLeast === true ? "≥" : "≤"} ${limit}`;
    console.log(`${measure.padEnd(34)}${number(value)}${target.padStart(10)} ${unit.padEnd(2)}  ${note}`);
  }
}

async function madeUpWorkspace(rollouts: number): Promise<string> {
  const folder = join(tmpdir(), "raif-bench");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `rollouts-${rollouts}-schema-${MIGRATIONS.length}.sqlite`);
  if (existsSync(path)) return path;
  const partial = `${path}.${process.pid}.partial`;
  const db = openWorkspace(partial, { create: true });
  const startMs = performance.now();
  let writtenMs = 0;
  await addMadeUpRun(db, rollouts, (_, __, writeMs) => (writtenMs += writeMs));
  db.close();
  renameSync(partial, path);
  const seconds = (ms: number): string => (ms / 1000).toFixed(0);
  console.log(`made ${rollouts} rollouts in ${seconds(performance.now() - startMs)} s, ${seconds(writtenMs)} s of it storing them`);
  return path;
}
