// The process in which one part of the benchmark runs: `bench-process.ts REQUEST_JSON`, started by bench.ts, which gets the result
// as a message.

import { benchmarkRollout } from "../engine/benchmarks/rollout-bench.ts";
import { benchmarkUpdate } from "../engine/benchmarks/update-bench.ts";
import { benchmarkVerifiers } from "../engine/benchmarks/verifier-bench.ts";
import type { BenchPart, BenchSizes } from "./bench.ts";
import { benchmarkDatasets } from "./datasets/dataset-bench.ts";

interface PartRequest {
  readonly part: BenchPart;
  readonly rounds: number;
  readonly options: BenchSizes["update"] & BenchSizes["rollout"] & BenchSizes["verifiers"] & BenchSizes["datasets"];
}

const { part, rounds, options } = JSON.parse(process.argv[2] ?? "") as PartRequest;
// Whoever asked is gone: nobody would read the result.
process.once("disconnect", () => process.exit(1));
const measure = { update: benchmarkUpdate, rollout: benchmarkRollout, verifiers: benchmarkVerifiers, datasets: benchmarkDatasets }[part];
const result = await measure(rounds, options);
process.send?.(result, () => process.exit(0));
