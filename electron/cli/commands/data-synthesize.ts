// `raif data synthesize`: grows a dataset.

import type { Command } from "commander";
import type { SynthesisOutcome } from "../../../shared/domain/synthesis.ts";
import type { SynthesisOptions } from "../../services/synthesis/synthesis-options.ts";
import { examples } from "../examples.ts";
import { collect, positiveInteger, seed } from "../option-values.ts";
import type { Shell } from "../shell.ts";
import { formatTable, openTerminal, type Progress, type Terminal } from "../terminal.ts";

interface SynthesizeOptions extends SynthesisOptions {
  readonly workspace?: string;
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
    .option("--template-only", "from templates, without a model; demonstrations included")
    .option("--endpoint <url>", "by a model behind this OpenAI-compatible endpoint, e.g. http://127.0.0.1:8000/v1")
    .option("--model <name>", "with --endpoint: which model")
    .option("--key-env <name>", "with --endpoint: environment variable with the key (default: RAIF_ENDPOINT_KEY)")
    .option("--concurrency <n>", "with --endpoint: requests at the same time (default: 4)", positiveInteger)
    .option("--timeout <seconds>", "with --endpoint: longest wait for one answer (default: 120)", positiveInteger)
    .option("--local <folder>", 'by a model of this machine: a model folder, or "nano"')
    .option("--token-budget <n>", "tokens of prompts and answers, all sessions together", positiveInteger)
    .option("--max-samples <n>", "samples to start at most (default: 12 a record)", positiveInteger)
    .option("--max-answer-tokens <n>", "longest reasoning with answer (default: 4096)", positiveInteger)
    .option("--questions <n>", "yes/no questions about content to add to each instruction; training then needs a judge", positiveInteger)
    .option("--seeds <file>", "JSONL file of requests to start from (default: shipped ones)")
    .option("--prompts <folder>", "own wording of prompts, NAME.txt each; see resources/synthesis/prompts")
    .option("--seed <n>", "the same seed gives the same records, as far as the model answers the same", seed, 0)
    .option("--avoid <data>", "dataset whose prompts must not come again; may be given several times", collect)
    .requiredOption("--out <file>", "JSONL file to write")
    .option("--rejected <file>", "JSONL file for the rejected samples, each with stage and reason")
    .option(
      "--workspace <file>",
      "workspace that keeps a model's answers, so that nothing is paid twice (default: the file of --out, with .sqlite)",
    )
    .option("--json", "print one JSON object: counts and costs by stage, rejections by reason, hash of the prompts")
    .addHelpText(
      "after",
      examples(
        "data synthesize --template-only --count 1000 --out made.jsonl",
        "data synthesize --endpoint http://127.0.0.1:8000/v1 --model qwen3-32b --count 200 --token-budget 2000000 --out made.jsonl --rejected rejected.jsonl",
      ),
    )
    .addHelpText("after", "\nOne of --template-only, --endpoint and --local is needed. The same command again goes on where it was ended.")
    .action(async ({ workspace, out, rejected, json, ...options }: SynthesizeOptions) => {
      const terminal = openTerminal(shell, json ?? false);
      const { synthesizeToFiles } = await import("../../services/synthesis/synthesize.ts");
      let progress: Progress | undefined;
      try {
        const outcome = await synthesizeToFiles(
          options,
          { out, rejected, workspace },
          {
            signal: shell.signal,
            onProgress: (done, total) => (progress ??= terminal.progress("synthesize", total)).update(done),
          },
        );
        progress?.stop();
        report(terminal, outcome, out);
      } finally {
        progress?.stop();
      }
    });
}

function report(terminal: Terminal, { records, rejected, stages, promptsHash, shortfall }: SynthesisOutcome, out: string): void {
  const byReason: Record<string, number> = {};
  for (const { stage, reason } of rejected) {
    // What a reviewer or the model said behind the colon is each sample's own (it is in the file of rejected ones); a rule's id is not.
    const kind = `${stage}: ${reason.replace(/: .*\s.*$/s, "")}`;
    byReason[kind] = (byReason[kind] ?? 0) + 1;
  }
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
