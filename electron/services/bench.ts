// Measures how fast this machine trains, samples, verifies and handles data: each part in a process of its own, so that its peak memory is its own and
// nothing an earlier part left behind slows it. What is measured stands in engine/benchmarks and datasets/dataset-bench.ts.

import { fork } from "node:child_process";
import { availableParallelism, cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { WorkbenchError } from "../../shared/errors.ts";
import type { benchmarkRollout, RolloutBenchResult } from "../engine/benchmarks/rollout-bench.ts";
import type { benchmarkUpdate, UpdateBenchResult } from "../engine/benchmarks/update-bench.ts";
import type { benchmarkVerifiers, VerifierBenchResult } from "../engine/benchmarks/verifier-bench.ts";
import type { benchmarkDatasets, DatasetBenchResult } from "./datasets/dataset-bench.ts";

export interface BenchRequest {
  /** Repetitions of each part; the result is their median. */
  readonly rounds: number;
  /** Other than the documented sizes only in tests. */
  readonly sizes?: BenchSizes;
}

export interface BenchSizes {
  readonly update: NonNullable<Parameters<typeof benchmarkUpdate>[1]>;
  readonly rollout: NonNullable<Parameters<typeof benchmarkRollout>[1]>;
  readonly verifiers: NonNullable<Parameters<typeof benchmarkVerifiers>[1]>;
  readonly datasets: NonNullable<Parameters<typeof benchmarkDatasets>[1]>;
}

export interface BenchReport {
  /** Mean of what update and rollout measured beside their work. */
  readonly gemmGflops: number;
  readonly update: UpdateBenchResult;
  readonly rollout: RolloutBenchResult;
  readonly verifiers: VerifierBenchResult;
  readonly datasets: DatasetBenchResult;
  readonly rounds: number;
  readonly machine: {
    readonly cpu: string;
    readonly threads: number;
    /** Processes that wanted a CPU over the last minute, the benchmark's own among them; 0 where the system does not say. */
    readonly loadAverage: number;
  };
}

export interface BenchHooks {
  readonly signal?: AbortSignal;
  readonly onPart?: (part: BenchPart) => void;
}

export type BenchPart = "update" | "rollout" | "verifiers" | "datasets";

interface PartResults {
  readonly update: UpdateBenchResult;
  readonly rollout: RolloutBenchResult;
  readonly verifiers: VerifierBenchResult;
  readonly datasets: DatasetBenchResult;
}

/** Runs the parts one after the other. Throws "cancelled". */
export async function measureSpeed(request: BenchRequest, hooks: BenchHooks = {}): Promise<BenchReport> {
  hooks.onPart?.("update");
  const update = await measurePart("update", request, hooks.signal);
  hooks.onPart?.("rollout");
  const rollout = await measurePart("rollout", request, hooks.signal);
  hooks.onPart?.("verifiers");
  const verifiers = await measurePart("verifiers", request, hooks.signal);
  hooks.onPart?.("datasets");
  const datasets = await measurePart("datasets", request, hooks.signal);
  return {
    gemmGflops: (update.gemmGflops + rollout.gemmGflops) / 2,
    update,
    rollout,
    verifiers,
    datasets,
    rounds: request.rounds,
    machine: { cpu: cpus()[0]?.model.trim() ?? "unknown", threads: availableParallelism(), loadAverage: loadavg()[0] ?? 0 },
  };
}

function measurePart<Part extends BenchPart>(
  part: Part,
  { rounds, sizes }: BenchRequest,
  signal: AbortSignal | undefined,
): Promise<PartResults[Part]> {
  return new Promise((resolve, reject) => {
    const argument = JSON.stringify({ part, rounds, options: sizes?.[part] ?? {} });
    const child = fork(fileURLToPath(new URL("./bench-process.ts", import.meta.url)), [argument]);
    let result: PartResults[Part] | undefined;
    const stop = (): void => {
      child.kill("SIGKILL");
    };
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted === true) stop();
    child.once("message", (message) => (result = message as unknown as PartResults[Part]));
    child.once("error", reject);
    child.once("close", (code, killedBy) => {
      signal?.removeEventListener("abort", stop);
      if (result !== undefined) resolve(result);
      else if (signal?.aborted === true) reject(new WorkbenchError("cancelled", "the benchmark was cancelled"));
      else reject(new Error(`the ${part} benchmark ended with ${killedBy ?? `exit code ${code}`} and without a result`));
    });
  });
}
