// `raif quantise`: a model folder with its projections in 4 or 8 bits, and how far that is from the original.

import { Option, type Command } from "commander";
import type { QuantiseOutcome } from "../../services/quantise-model.ts";
import { positiveInteger } from "../option-values.ts";
import type { Shell } from "../shell.ts";
import { formatTable, openTerminal, type Progress } from "../terminal.ts";

interface QuantiseOptions {
  readonly model: string;
  readonly bits: "4" | "8";
  readonly block: number;
  readonly to: string;
  readonly json?: boolean;
}

export function addQuantise(program: Command, shell: Shell): void {
  program
    .command("quantise")
    .description("Write a copy of a model with the projections of its layers in 4 or 8 bits, to train adapters on or to generate with.")
    .requiredOption("--model <folder>", 'model folder in the Hugging Face layout, or "nano"')
    .addOption(new Option("--bits <n>", "bits a weight").choices(["4", "8"]).default("4"))
    .option("--block <n>", "weights that share a scale: 16, 32, 64, 128 or 256", positiveInteger, 32)
    .requiredOption("--to <folder>", "folder to make; must not exist")
    .option("--json", "print one JSON object: folder, bytes, sourceBytes, leftOut, layers with their relative and largest error")
    .action(async ({ model, bits, block, to, json }: QuantiseOptions) => {
      const { quantiseModel } = await import("../../services/quantise-model.ts");
      const terminal = openTerminal(shell, json ?? false);
      let progress: Progress | undefined;
      try {
        const outcome = await quantiseModel(
          { model, to, bits: bits === "4" ? 4 : 8, blockSize: block },
          {
            signal: shell.signal,
            onLayer: (_layer, done, total) => (progress ??= terminal.progress("quantise", total)).update(done),
          },
        );
        progress?.stop();
        terminal.emit({ ...outcome });
        terminal.print(formatOutcome(outcome));
      } finally {
        progress?.stop();
      }
    });
}

function formatOutcome({ folder, layers, leftOut, bytes, sourceBytes }: QuantiseOutcome): string {
  const rows = layers.map(({ name, relative, largest }) => [
    name.replace(/^model\.layers\./, "").replace(/\.weight$/, ""),
    `${(100 * relative).toFixed(2)} %`,
    largest.toPrecision(3),
  ]);
  const mebibytes = (count: number): string => `${(count / 2 ** 20).toFixed(1)} MiB`;
  return [
    formatTable(["layer", "relative error", "largest error"], rows),
    ...(leftOut.length === 0 ? [] : ["", `left as they are, because blocks do not divide them: ${leftOut.join(", ")}`]),
    "",
    `wrote ${folder}: ${mebibytes(bytes)} instead of ${mebibytes(sourceBytes)}`,
    "relative error: root of the summed squared differences over that of the squared weights",
  ].join("\n");
}
