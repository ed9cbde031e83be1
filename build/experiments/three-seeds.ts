// Trains the nano model with several methods and seeds, evaluates everything on both held-out sets in full, and prints the table
// that docs/experiments.md quotes. Results are appended to .cache/experiments/results.jsonl as they come; what is already there
// under the same settings, weights and data is not done again, so an interrupted experiment goes on where it was.
//
//   npm run experiments -- [--variants raif,grpo,...] [--seeds 1,2,3] [--set key=value]... [--limit N] [--table-only]

import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parseAssignment } from "../../electron/engine/grpo/overrides.ts";
import { modelFingerprints } from "../../electron/engine/model/hf-folder.ts";
import { readDatasetFile } from "../../electron/services/dataset-file.ts";
import { DEMO_SETTINGS } from "../../electron/services/demo-settings.ts";
import { evaluateModel, type EvaluateRequest } from "../../electron/services/evaluate.ts";
import { modelFolder } from "../../electron/services/resource-paths.ts";
import { trainRun } from "../../electron/services/train.ts";
import { hashRecords } from "../../electron/storage/datasets.ts";
import { canonicalJson, sha256 } from "../../electron/storage/hashing.ts";
import { comparisonTable, type ExperimentResult } from "./comparison-table.ts";

const FOLDER = join(".cache", "experiments");
const RESULTS = join(FOLDER, "results.jsonl");

/** Overrides on the demonstration's settings; `base` is not trained. */
const VARIANTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  base: {},
  raif: { method: "raif" },
  grpo: { method: "grpo", "superiorCot.enabled": false, "cloning.enabled": false },
  "no-cloning": { method: "raif", "cloning.enabled": false },
  "no-superior-cot": { method: "raif", "superiorCot.enabled": false },
  sft: { method: "sft" },
};

const BASE_METHODS = ["io", "cot", "no-think"] as const;
const TRAINED_METHODS = ["cot", "no-think"] as const;
const SETS = ["heldout", "heldout-ood"] as const;

interface Options {
  readonly seeds: readonly number[];
  readonly variants: readonly string[];
  readonly overrides: Readonly<Record<string, unknown>>;
  readonly model: string;
  readonly limit: number | undefined;
  readonly tableOnly: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "1,2,3" },
      variants: { type: "string", default: "raif,grpo" },
      set: { type: "string", multiple: true, default: [] },
      model: { type: "string", default: "nano" },
      limit: { type: "string" },
      "table-only": { type: "boolean", default: false },
    },
  });
  const variants = ["base", ...values.variants.split(",").filter((name) => name !== "base")];
  const unknown = variants.find((name) => !Object.hasOwn(VARIANTS, name));
  if (unknown !== undefined) throw new Error(`no variant "${unknown}"; there are ${Object.keys(VARIANTS).join(", ")}`);
  return {
    seeds: values.seeds.split(",").map(Number),
    variants,
    overrides: Object.fromEntries(values.set.map(parseAssignment)),
    model: values.model,
    limit: values.limit === undefined ? undefined : Number(values.limit),
    tableOnly: values["table-only"],
  };
}

function storedResults(): Map<string, ExperimentResult> {
  const lines = existsSync(RESULTS) ? readFileSync(RESULTS, "utf8").split("\n") : [];
  const results = lines.filter((line) => line !== "").map((line) => JSON.parse(line) as ExperimentResult);
  return new Map(results.map((result) => [result.key, result]));
}

/** One trained (or untrained) model on both sets with its methods; trains only where some result is missing. */
async function runVariant(
  variant: string,
  seed: number,
  options: Options,
  known: Map<string, ExperimentResult>,
): Promise<ExperimentResult[]> {
  const isBase = variant === "base";
  const settings = isBase ? {} : { ...DEMO_SETTINGS.training, ...options.overrides, ...VARIANTS[variant] };
  const { weights: modelHash } = await modelFingerprints(modelFolder(options.model));
  const tasks = SETS.flatMap((set) => (isBase ? BASE_METHODS : TRAINED_METHODS).map((method) => ({ set, method })));
  const { maxNewTokens, trainData } = DEMO_SETTINGS;
  const about = { seed: isBase ? 0 : seed, settings, modelHash, maxNewTokens, limit: options.limit ?? null };
  const trainHash = isBase ? null : await dataHash(trainData);
  const setHashes = new Map<string, string>();
  for (const set of SETS) setHashes.set(set, await dataHash(set));
  const keyOf = (task: { set: string; method: string }): string =>
    sha256(canonicalJson({ ...about, ...task, trainHash, setHash: setHashes.get(task.set) }));
  const missing = tasks.filter((task) => !known.has(keyOf(task)));
  if (missing.length > 0 && !options.tableOnly) {
    const workspace = join(FOLDER, `${variant}-${seed}.sqlite`);
    const { runId, trainSeconds } = isBase ? { runId: undefined, trainSeconds: 0 } : await train(workspace, settings, seed, options.model);
    for (const { set, method } of missing) {
      const request: EvaluateRequest = {
        model: options.model,
        ...(runId === undefined ? {} : { workspace, runId }),
        data: set,
        method,
        seed: 0,
        maxNewTokens,
        ...(options.limit === undefined ? {} : { limit: options.limit }),
      };
      const { items, summary } = await evaluateModel(request);
      const result: ExperimentResult = {
        key: keyOf({ set, method }),
        date: new Date().toISOString(),
        variant,
        seed,
        set,
        method,
        settings,
        modelHash,
        passed: items.map((item) => item.judgement.passed),
        checks: items.map((item) => item.judgement.checks),
        compositions: items.map((item) => item.composition),
        meanTokens: summary.meanTokens,
        formatRate: summary.formatRate,
        truncatedShare: summary.truncatedShare,
        trainSeconds,
      };
      appendFileSync(RESULTS, `${JSON.stringify(result)}\n`);
      known.set(result.key, result);
      process.stderr.write(
        `${variant} seed ${seed} ${set} ${method}: ${(100 * summary.perInstruction.estimate).toFixed(1)} % of requests\n`,
      );
    }
  }
  return tasks.flatMap((task) => known.get(keyOf(task)) ?? []);
}

async function dataHash(name: string): Promise<string> {
  return hashRecords((await readDatasetFile(name)).records);
}

async function train(
  workspace: string,
  settings: Readonly<Record<string, unknown>>,
  seed: number,
  model: string,
): Promise<{ runId: number; trainSeconds: number }> {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(workspace + suffix, { force: true });
  const startMs = performance.now();
  let shownAtMs = startMs;
  const { runId } = await trainRun(
    { model, data: DEMO_SETTINGS.trainData, workspace, seed, set: Object.entries(settings), name: "experiment" },
    {
      onStep: ({ step, totalSteps, metrics }) => {
        if (performance.now() - shownAtMs < 30_000 && step < totalSteps) return;
        shownAtMs = performance.now();
        const shown = ["reward", "keep_ratio", "accuracy/think", "accuracy/empty", "kl"].filter((name) => metrics[name] !== undefined);
        process.stderr.write(
          `  step ${step}/${totalSteps} ${shown.map((name) => `${name} ${(metrics[name] as number).toFixed(3)}`).join("  ")}\n`,
        );
      },
    },
  );
  return { runId, trainSeconds: (performance.now() - startMs) / 1000 };
}

const options = readOptions();
mkdirSync(FOLDER, { recursive: true });
const known = storedResults();
const results: ExperimentResult[] = [];
for (const variant of options.variants) {
  for (const seed of variant === "base" ? [0] : options.seeds) results.push(...(await runVariant(variant, seed, options, known)));
}
for (const set of SETS) {
  process.stdout.write(`\n### ${set}\n\n${comparisonTable(results.filter((result) => result.set === set))}\n`);
}
