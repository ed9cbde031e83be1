// `raif evaluate`: accuracies of a model or of a run on a dataset.

import { Option, type Command } from "commander";
import type { DeviceRequest } from "../../../shared/domain/device.ts";
import type { EvaluateRequest, EvaluationMethod, EvaluationOutcome } from "../../services/evaluate.ts";
import { accuracyCell } from "../evaluation-table.ts";
import { deviceNote, deviceOption, nonNegativeNumber, positiveInteger, seed } from "../option-values.ts";
import type { Shell } from "../shell.ts";
import { formatTable, openTerminal, type Progress, type Terminal } from "../terminal.ts";

interface EvaluateOptions {
  readonly model?: string;
  readonly adapter?: string;
  readonly workspace?: string;
  readonly run?: number;
  readonly checkpoint?: number;
  readonly data: string;
  readonly method: EvaluationMethod;
  readonly limit?: number;
  readonly maxNewTokens?: number;
  readonly temperature: number;
  readonly seed: number;
  readonly judge?: string;
  readonly device: DeviceRequest;
  readonly json?: boolean;
}

/** The services' list, which is not loaded for `--help`. */
const METHODS = ["io", "cot", "no-think"] as const satisfies readonly EvaluationMethod[];

export function addEvaluate(program: Command, shell: Shell): void {
  program
    .command("evaluate")
    .description("Measure how often a model, or what a run has trained, follows the instructions of a dataset.")
    .option("--model <folder>", 'model folder in the Hugging Face layout, or "nano"; with --run: where the base model lies now')
    .option("--adapter <folder>", "with --model: an adapter in PEFT's layout to apply")
    .option("--workspace <file>", "workspace file that keeps every response and verdict; made when absent")
    .option("--run <id>", "evaluate what this run of the workspace has trained", positiveInteger)
    .option("--checkpoint <step>", "step of the run's checkpoint (default: the newest)", positiveInteger)
    .requiredOption(
      "--data <file>",
      'JSONL file of instructions, "starter", "heldout", "heldout-ood", or "collection:NAME" of the workspace',
    )
    .addOption(
      new Option("--method <method>", "io: plain request; cot: reason first; no-think: the reasoning forced empty")
        .choices(METHODS)
        .makeOptionMandatory(),
    )
    .option("--limit <n>", "only the first n records", positiveInteger)
    .option("--max-new-tokens <n>", "longest response (default: 1024, or what the context leaves)", positiveInteger)
    .option("--temperature <t>", "0 takes the likeliest token each time", nonNegativeNumber, 0)
    .option("--seed <n>", "seed of the sampling and of the intervals", seed, 0)
    .option("--judge <judge>", "who answers the data's questions: local:<folder> or endpoint:<url>#<model> (key: RAIF_JUDGE_KEY)")
    .addOption(deviceOption())
    .option("--json", "print one JSON object: summary with 95 % intervals, what was evaluated, how fast")
    .action(async ({ run, checkpoint, json, ...options }: EvaluateOptions) => {
      const { evaluateModel } = await import("../../services/evaluate.ts");
      const terminal = openTerminal(shell, json ?? false);
      const request: EvaluateRequest = {
        ...options,
        ...(run === undefined ? {} : { runId: run }),
        ...(checkpoint === undefined ? {} : { step: checkpoint }),
      };
      let progress: Progress | undefined;
      try {
        const outcome = await evaluateModel(request, {
          signal: shell.signal,
          onDevice: (choice) => terminal.note(deviceNote(choice)),
          onProgress: (done, total) => (progress ??= terminal.progress(`evaluate ${options.method}`, total)).update(done),
        });
        progress?.stop();
        report(terminal, outcome);
      } finally {
        progress?.stop();
      }
    });
}

function report(terminal: Terminal, outcome: EvaluationOutcome): void {
  const { items: _items, summary, leftOut, ...about } = outcome;
  terminal.emit({ ...about, records: summary.records, summary, leftOut });
  if (leftOut.length > 0)
    terminal.note(`left out ${leftOut.length} records, e.g. ${leftOut[0]?.recordId ?? ""}: ${leftOut[0]?.reason ?? ""}`);
  const rows = [["all", summary] as const, ...Object.entries(summary.byComposition)];
  terminal.print(
    formatTable(
      ["", "records", "per instruction", "checks", "per check"],
      rows.map(([name, part]) => [name, part.records, accuracyCell(part.perInstruction), part.checks, accuracyCell(part.perCheck)]),
    ),
  );
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  terminal.print(
    `\nformat kept ${percent(summary.formatRate)}, cut off ${percent(summary.truncatedShare)}, ` +
      `mean ${summary.meanTokens.toFixed(0)} tokens; ${(about.durationMs / 1000).toFixed(1)} s, ${about.tokensPerSecond.toFixed(0)} tokens/s`,
  );
  terminal.print(
    "per instruction: every check of a request holds; per check: single checks; brackets: 95 % bootstrap interval over records",
  );
  if (about.evaluationId !== null) terminal.print(`stored as evaluation ${about.evaluationId}`);
}
