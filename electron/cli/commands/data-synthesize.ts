// `raif data synthesize`: grows a dataset.

import type { Command } from "commander";
import { WorkbenchError } from "../../../shared/errors.ts";
import type { SynthesisOutcome } from "../../../shared/domain/synthesis.ts";
import { collect, positiveInteger, seed } from "../option-values.ts";
import type { Shell } from "../shell.ts";
import { formatTable, openTerminal, type Progress, type Terminal } from "../terminal.ts";

interface SynthesizeOptions {
  readonly count: number;
  readonly mix?: string;
  readonly templateOnly?: boolean;
  readonly seed: number;
  readonly avoid?: readonly string[];
  readonly out: string;
  readonly rejected?: string;
  readonly json?: boolean;
}

export function addDataSynthesize(data: Command, shell: Shell): void {
  data
    .command("synthesize")
    .description("Grow a dataset of complex instructions with labels that verify an answer, and demonstrations that pass them.")
    .requiredOption("--count <n>", "records to make", positiveInteger)
    .option(
      "--mix <shares>",
      'shape=share, e.g. "and=3,chain=1,selection=2,nested2=1"; shapes: single, and (and:2 to and:5), chain, selection, nested2, nested3, maths',
    )
    .option("--template-only", "from templates, without a model")
    .option("--seed <n>", "the same seed gives the same records", seed, 0)
    .option("--avoid <data>", "dataset whose prompts must not come again; may be given several times", collect)
    .requiredOption("--out <file>", "JSONL file to write")
    .option("--rejected <file>", "JSONL file for the rejected samples, each with stage and reason")
    .option("--json", "print one JSON object: counts by stage, rejections by reason, hash of the prompts")
    .action(async (options: SynthesizeOptions) => {
      const terminal = openTerminal(shell, options.json ?? false);
      if (options.templateOnly !== true) {
        throw new WorkbenchError("invalid-argument", "nothing to write the instructions with", { expected: "--template-only" });
      }
      const { synthesizeToFile } = await import("../../services/synthesis/synthesize-to-file.ts");
      let progress: Progress | undefined;
      try {
        const outcome = await synthesizeToFile(options, {
          signal: shell.signal,
          onProgress: (done, total) => (progress ??= terminal.progress("synthesize", total)).update(done),
        });
        progress?.stop();
        report(terminal, outcome, options.out);
      } finally {
        progress?.stop();
      }
    });
}

function report(terminal: Terminal, { records, rejected, stages, promptsHash, shortfall }: SynthesisOutcome, out: string): void {
  const byReason: Record<string, number> = {};
  for (const { stage, reason } of rejected) byReason[`${stage}: ${reason}`] = (byReason[`${stage}: ${reason}`] ?? 0) + 1;
  terminal.emit({ made: records.length, rejected: rejected.length, out, stages, rejectedByReason: byReason, promptsHash, shortfall });
  const rows = stages.map(({ name, entered, passed, requests, cached, promptTokens, completionTokens }) => [
    name,
    entered,
    passed,
    entered === 0 ? "-" : `${((100 * passed) / entered).toFixed(1)}%`,
    requests,
    cached,
    promptTokens + completionTokens,
  ]);
  terminal.print(formatTable(["stage", "in", "out", "kept", "requests", "from cache", "tokens"], rows));
  for (const [reason, count] of Object.entries(byReason)) terminal.print(`rejected ${count}: ${reason}`);
  if (shortfall !== null) terminal.note(shortfall);
  terminal.print(`\n${records.length} records in ${out}`);
}
