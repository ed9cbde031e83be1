// `raif bench`: how fast this machine trains, samples, verifies and handles data, also as fractions of its matrix-product speed; with
// a model given, how fast that one decodes and trains, as fractions of memory bandwidth and matrix-product speed.

import { Option, type Command } from "commander";
import { DEVICE_REQUESTS, type DeviceRequest } from "../../../shared/domain/device.ts";
import type { ModelBenchResult } from "../../services/bench-model.ts";
import type { BenchReport } from "../../services/bench.ts";
import { deviceNote, positiveInteger } from "../option-values.ts";
import type { Shell } from "../shell.ts";
import { formatTable, openTerminal, type Terminal } from "../terminal.ts";

interface BenchOptions {
  readonly model?: string;
  readonly bits: "4" | "8" | "32";
  readonly rounds: number;
  readonly device?: DeviceRequest;
  readonly json?: boolean;
}

export function addBench(program: Command, shell: Shell): void {
  program
    .command("bench")
    .description(
      "Measure training, sampling, verifying and dataset speed, also as fractions of the matrix-product speed that the same process measures.",
    )
    .option("--model <folder>", 'measure this model instead: a folder in the Hugging Face layout, a config.json, or "nano"')
    .addOption(new Option("--bits <n>", "with --model: bits a weight of the layers' projections").choices(["4", "8", "32"]).default("32"))
    .option("--rounds <n>", "repetitions of each part; the median counts", positiveInteger, 5)
    .addOption(new Option("--device <device>", "how fast the model (default: nano) decodes and learns there").choices(DEVICE_REQUESTS))
    .option(
      "--json",
      "print one JSON object: gemmGflops, update, rollout, verifiers, datasets, rounds, machine; with --model: decode, update, copyBytesPerSecond",
    )
    .action(async ({ model, bits, rounds, device, json }: BenchOptions) => {
      const terminal = openTerminal(shell, json ?? false);
      if (device !== undefined) return benchDevice(terminal, model ?? "nano", device);
      if (model !== undefined) {
        const { measureModel } = await import("../../services/bench-model.ts");
        terminal.note(`measuring ${model} ...`);
        const result = await measureModel({ model, bits: bits === "4" ? 4 : bits === "8" ? 8 : 32, rounds }, shell.signal);
        terminal.emit({ ...result });
        terminal.print(formatModelBench(result));
        return;
      }
      const { measureSpeed } = await import("../../services/bench.ts");
      const report = await measureSpeed({ rounds }, { signal: shell.signal, onPart: (part) => terminal.note(`measuring ${part} ...`) });
      terminal.emit({ ...report });
      terminal.print(formatBenchReport(report));
    });
}

async function benchDevice(terminal: Terminal, model: string, request: DeviceRequest): Promise<void> {
  const { measureDeviceSpeed } = await import("../../services/device-bench.ts");
  const report = await measureDeviceSpeed(model, request);
  terminal.emit({ ...report });
  terminal.note(deviceNote(report.device));
  const rows = report.decode.map(({ rows: count, tokensPerSecond }) => [`decode, ${count} rows`, tokensPerSecond.toPrecision(3)]);
  terminal.print(formatTable(["", "tokens/s"], [...rows, ["update", report.updateTokensPerSecond.toPrecision(3)]]));
}

function formatModelBench({ parameters, copyBytesPerSecond, weightBytes, decode, update, peakRssBytes }: ModelBenchResult): string {
  const rows = decode.map((part) => [
    String(part.rows),
    part.stepMs.toFixed(1),
    part.tokensPerSecond.toFixed(1),
    part.fractionOfBandwidth.toFixed(2),
  ]);
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(2);
  return [
    formatTable(["decode rows", "ms a step", "tokens/s", "of copy bandwidth"], rows),
    "",
    `${(parameters / 1e6).toFixed(1)} million parameters; a step reads ${gigabytes(weightBytes)} GB of weights, copying moves ${gigabytes(copyBytesPerSecond)} GB/s`,
    `adapter update: ${update.tokensPerSecond.toFixed(1)} tokens/s, ${update.gflops.toFixed(1)} GFLOP/s, ` +
      `${update.fractionOfGemm.toFixed(2)} of the matrix product's ${update.gemmGflops.toFixed(1)}; peak ${(peakRssBytes / 2 ** 20).toFixed(0)} MiB`,
  ].join("\n");
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
    `${datasets.answers} answers checked in both readings at ${datasets.answersPerSecond.toFixed(0)} a second; a check that is stopped in its middle ends ` +
      `within ${datasets.cancelMs.toFixed(0)} ms`,
    `medians of ${rounds} rounds with ${update.workers} workers on ${machine.threads} x ${machine.cpu}, load ${machine.loadAverage.toFixed(1)}`,
  ].join("\n");
}
