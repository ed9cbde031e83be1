// `raif train` and `raif resume`: a training run with its progress. Which settings there are is the trainer's business.

import { Option, type Command } from "commander";
import { DEVICE_REQUESTS, type DeviceRequest } from "../../../shared/domain/device.ts";
import type { TrainHooks, TrainOutcome, TrainStep } from "../../services/train.ts";
import { collect, deviceNote, deviceOption, positiveInteger, seed } from "../option-values.ts";
import type { Shell } from "../shell.ts";
import { openTerminal, type Progress, type Terminal } from "../terminal.ts";

interface TrainOptions {
  readonly model: string;
  readonly adapter?: string;
  readonly data: string;
  readonly workspace: string;
  readonly method?: "raif" | "grpo" | "sft";
  readonly recipe?: string;
  readonly set?: readonly string[];
  readonly steps?: number;
  readonly seed?: number;
  readonly judge?: string;
  readonly device: DeviceRequest;
  readonly json?: boolean;
}

interface ResumeOptions {
  readonly workspace: string;
  readonly run?: number;
  readonly device?: DeviceRequest;
  readonly json?: boolean;
}

const JSON_HELP = 'print JSON objects: {"type": "start" | "phase" | "memory" | "step" | "end", ...}; phases: rollout, reward, update, save';

export function addTrain(program: Command, shell: Shell): void {
  program
    .command("train")
    .description("Train a model; every step is stored in the workspace, and a run that was cut off can be resumed.")
    .requiredOption("--model <folder>", 'model folder in the Hugging Face layout, or "nano"')
    .option("--adapter <folder>", "go on training this adapter (PEFT's layout); its rank, alpha and layers become the settings")
    .requiredOption(
      "--data <file>",
      'JSONL file of instructions, "starter", or "collection:NAME" of the workspace, with @VERSION for an earlier version',
    )
    .requiredOption("--workspace <file>", "workspace file; made when absent")
    .addOption(new Option("--method <method>", "raif when neither this nor the recipe says").choices(["raif", "grpo", "sft"]))
    .option("--recipe <name>", "paper, released-code, another named recipe, or a JSON file of settings (default: paper)")
    .option("--set <key=value>", "change one setting; may be given several times; see raif settings", collect)
    .option("--steps <n>", "number of steps", positiveInteger)
    .option("--seed <n>", "seed of everything random", seed)
    .option("--judge <judge>", "who answers the data's questions: local:<folder> or endpoint:<url>#<model> (key: RAIF_JUDGE_KEY)")
    .addOption(deviceOption())
    .option("--json", JSON_HELP)
    .action(async (options: TrainOptions) => {
      const [{ trainRun }, { parseSettings }] = await Promise.all([
        import("../../services/train.ts"),
        import("../../services/training-settings.ts"),
      ]);
      const { set, json, ...request } = options;
      await follow(openTerminal(shell, json ?? false), options.workspace, (hooks) =>
        trainRun({ ...request, set: parseSettings(set ?? []) }, hooks),
      );
    });
}

export function addResume(program: Command, shell: Shell): void {
  program
    .command("resume")
    .description("Go on with a run that was cut off, from its last checkpoint.")
    .requiredOption("--workspace <file>", "workspace file")
    .option("--run <id>", "run to go on with (default: the newest that is not finished)", positiveInteger)
    .addOption(
      new Option("--device <device>", "another device than the run's; it then ends near the same numbers, not on the same bits").choices(
        DEVICE_REQUESTS,
      ),
    )
    .option("--json", JSON_HELP)
    .action(async ({ workspace, run, device, json }: ResumeOptions) => {
      const { resumeRun } = await import("../../services/train.ts");
      const request = { workspace, ...(run === undefined ? {} : { runId: run }), ...(device === undefined ? {} : { device }) };
      await follow(openTerminal(shell, json ?? false), workspace, (hooks) => resumeRun(request, hooks));
    });
}

/** Runs a training with progress on the terminal, or its steps as JSON. */
async function follow(terminal: Terminal, workspace: string, train: (hooks: TrainHooks) => Promise<TrainOutcome>): Promise<void> {
  let progress: Progress | undefined;
  let current = 0;
  const hooks: TrainHooks = {
    signal: terminal.signal,
    onStart: ({ config, ...start }) => {
      const { runId, device, supportsSystemRole, fromStep, records, skipped, damaged } = start;
      terminal.emit({ type: "start", ...start, totalSteps: config.steps, config });
      terminal.print(
        `run ${runId}: ${config.method}, ${config.steps} steps from step ${fromStep}, ${records} records, workspace ${workspace}`,
      );
      terminal.note(deviceNote(device));
      if (!supportsSystemRole) terminal.note("the chat template has no system role: system text stands at the head of the first user turn");
      if (skipped.length > 0)
        terminal.note(`left out ${skipped.length} records, e.g. ${skipped[0]?.recordId ?? ""}: ${skipped[0]?.reason ?? ""}`);
      for (const { step, reason } of damaged) terminal.note(`passed over the damaged checkpoint of step ${step}: ${reason}`);
      progress = terminal.progress(config.method, config.steps);
      progress.update(fromStep);
    },
    onPhase: (phase, step) => {
      current = step;
      terminal.emit({ type: "phase", phase, step });
    },
    onMicroBatchLowered: (tokensPerMicroBatch) => {
      terminal.emit({ type: "memory", step: current, tokensPerMicroBatch });
      terminal.note(`step ${current}: memory ran out; it goes on with micro-batches of at most ${tokensPerMicroBatch} tokens`);
    },
    onStep: (step) => {
      terminal.emit({ type: "step", ...step });
      progress?.update(step.step, shortMetrics(step));
    },
  };
  try {
    const { runId, steps } = await train(hooks);
    progress?.stop();
    terminal.emit({ type: "end", runId, steps, workspace });
    terminal.print(`run ${runId} is finished after ${steps} steps`);
  } finally {
    progress?.stop();
  }
}

/** What fits behind a progress bar. */
function shortMetrics({ metrics }: TrainStep): string {
  const shown = ["reward", "keep_ratio", "kl", "loss"].filter((name) => metrics[name] !== undefined);
  return shown.map((name) => `${name} ${(metrics[name] as number).toPrecision(3)}`).join("  ");
}
