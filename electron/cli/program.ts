// The command line as a whole: which commands there are, and how a run of one ends. A command is one file in commands/.

import { Command, CommanderError, Help, type Option } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { addBench } from "./commands/bench.ts";
import { addData } from "./commands/data.ts";
import { addDemo } from "./commands/demo.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addDownload } from "./commands/download.ts";
import { addEstimate } from "./commands/estimate.ts";
import { addEvaluate } from "./commands/evaluate.ts";
import { addExport } from "./commands/export.ts";
import { addGenerate } from "./commands/generate.ts";
import { addJudge } from "./commands/judge.ts";
import { addLogits } from "./commands/logits.ts";
import { addRuns } from "./commands/runs.ts";
import { addRules } from "./commands/rules.ts";
import { addServe } from "./commands/serve.ts";
import { addSettings } from "./commands/settings.ts";
import { addStep } from "./commands/step.ts";
import { addQuantise } from "./commands/quantise.ts";
import { addResume, addTrain } from "./commands/train.ts";
import { addVerify } from "./commands/verify.ts";
import { addTree } from "./commands/tree.ts";
import { reportError, reportUsageError } from "./report-error.ts";
import type { Shell } from "./shell.ts";

const COMMANDS = [
  addDemo,
  addTrain,
  addResume,
  addRuns,
  addEvaluate,
  addEstimate,
  addExport,
  addData,
  addDownload,
  addQuantise,
  addSettings,
  addGenerate,
  addLogits,
  addStep,
  addVerify,
  addRules,
  addBench,
  addDoctor,
  addServe,
  addTree,
  addJudge,
];

/** As commander writes it, and whether a command does without the option. */
function optionDescription(option: Option): string {
  return new Help().optionDescription(option) + (option.mandatory ? " (required)" : "");
}

function createProgram(shell: Shell): Command {
  const program = new Command("raif")
    .description(packageJson.description)
    .version(packageJson.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => shell.stdout.write(text),
      writeErr: (text) => shell.stderr.write(text),
      getOutHelpWidth: () => shell.stdout.columns ?? 100,
      getErrHelpWidth: () => shell.stderr.columns ?? 100,
    })
    .configureHelp({ optionDescription })
    .showHelpAfterError("(add --help for usage)")
    .showSuggestionAfterError();
  for (const add of COMMANDS) add(program, shell);
  return program;
}

/** Runs one command line (without "node" and the script) and gives its exit code: 0 only on success. */
export async function runCommandLine(argv: readonly string[], shell: Shell): Promise<number> {
  const json = argv.includes("--json");
  try {
    await createProgram(shell).parseAsync(argv, { from: "user" });
    return shell.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(error, shell, json);
    return error.exitCode === 0 ? 0 : reportUsageError(error.message, shell, json);
  }
}
