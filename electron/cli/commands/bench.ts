// `raif bench`: how fast this machine trains, samples, verifies and handles data, also as fractions of its matrix-product speed.

import type { Command } from "commander";
import type { BenchReport } from "../../services/bench.ts";
import { positiveInteger } from "../option-values.ts";
import type { Shell } from "../shell.ts";
import { formatTable, openTerminal } from "../terminal.ts";

interface BenchOptions {
  readonly rounds: number;
  readonly json?: boolean;
}

export function addBench(program: Command, shell: Shell): void {
  program
    .command("bench")
    .description(
      "Measure training, sampling, verifying and dataset speed, also as fractions of the matrix-product speed that the same process measures.",
    )
    .option("--rounds <n>", "repetitions of each part; the median counts", positiveInteger, 5)
    .option("--json", "print one JSON object: gemmGflops, update, rollout, verifiers, datasets, rounds, machine")
    .action(async ({ rounds, json }: BenchOptions) => {
      const { measureSpeed } = await import("../../services/bench.ts");
      const terminal = openTerminal(shell, json ?? false);
      const report = await measureSpeed({ rounds }, { signal: shell.signal, onPart: (part) => terminal.note(`measuring ${part} ...`) });
      terminal.emit({ ...report });
      terminal.print(formatBenchReport(report));
    });
}

export function formatBenchReport({ update, rollout, verifiers, datasets, machine, rounds }: BenchReport): string {
  const rows = [["update", update] as const, ["rollout", rollout] as const].map(([name, part]) => [
    name,
    part.tokensPerSecond.toFixed(0),
    part.gflops.toFixed(1),
    part.gemmGflops.toFixed(1),
    part.fractionOfGemm.toFixed(2),
    (part.peakRssBytes / 2 ** 20).toFixed(0),
  ]);
  return [
    formatTable(["", "tokens/s", "GFLOP/s", "matrix product GFLOP/s", "fraction", "peak MiB"], rows),
    "",
    `update: ${update.gradientMs.toFixed(0)} ms loss and gradients, ${update.optimizerMs.toFixed(0)} ms AdamW; ` +
      `rollout: ${rollout.newWeightsMs.toFixed(0)} ms to take new weights`,
    `verifiers: ${verifiers.verdictsPerSecond.toFixed(0)} IFEval verdicts/s of one core on ${verifiers.wordsPerResponse} words, ` +
      `${verifiers.languageVerdictsPerSecond.toFixed(0)} with language detection, ${verifiers.ifbenchVerdictsPerSecond.toFixed(0)} of IFBench`,
    `datasets: ${datasets.importRowsPerSecond.toFixed(0)} rows/s imported; over ${datasets.rows} rows a filter, facet, search or sort takes ` +
      `${datasets.medianMs.toFixed(0)} ms, 95 % of them at most ${datasets.p95Ms.toFixed(0)} ms, ${datasets.afterEditMs.toFixed(0)} ms after a change`,
    `medians of ${rounds} rounds on ${machine.threads} x ${machine.cpu}, load ${machine.loadAverage.toFixed(1)}`,
  ].join("\n");
}
