// `raif generate`: one response of a model.

import { Option, type Command } from "commander";
import type { DeviceRequest } from "../../../shared/domain/device.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import type { GenerateRequest, GenerationStart } from "../../services/generate-text.ts";
import {
  deviceNote,
  deviceOption,
  nonNegativeInteger,
  nonNegativeNumber,
  positiveInteger,
  positiveShare,
  seed,
  tokenIds,
} from "../option-values.ts";
import type { Shell } from "../shell.ts";
import { openTerminal } from "../terminal.ts";

interface GenerateOptions {
  readonly model: string;
  readonly adapter?: string;
  readonly prompt?: string;
  readonly ids?: readonly number[];
  readonly maxNewTokens: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly seed: number;
  readonly think: "auto" | "empty" | "off";
  readonly device: DeviceRequest;
  readonly json?: boolean;
}

export function addGenerate(program: Command, shell: Shell): void {
  program
    .command("generate")
    .description("Generate one response.")
    .requiredOption("--model <folder>", 'model folder in the Hugging Face layout, or "nano"')
    .option("--adapter <folder>", "an adapter in PEFT's layout to apply")
    .addOption(new Option("--prompt <text>", "user message, rendered with the model's chat template").conflicts("ids"))
    .addOption(new Option("--ids <ids>", "token ids to continue, as they are: 1,2,3").argParser(tokenIds).conflicts("prompt"))
    .option("--max-new-tokens <n>", "most tokens to generate", positiveInteger, 256)
    .option(
      "--temperature <t>",
      "0 takes the likeliest token each time (default: as the model's generation_config.json says, else 1)",
      nonNegativeNumber,
    )
    .option("--top-p <p>", "only the likeliest tokens that make up this share (default: as the model says, else 1)", positiveShare)
    .option("--top-k <n>", "only this many of the likeliest tokens, 0: all (default: as the model says, else 0)", nonNegativeInteger)
    .option("--seed <n>", "seed of the sampling", seed, 0)
    .addOption(
      new Option("--think <mode>", "with --prompt; auto: ask for reasoning, empty: force an empty think block, off: neither")
        .choices(["auto", "empty", "off"])
        .default("auto"),
    )
    .addOption(deviceOption())
    .option("--json", "print one JSON object: promptIds, prefill, tokens, text, logProbs, finish, device, sampling, systemInUserTurn")
    .action(async (options: GenerateOptions) => {
      const { generateText } = await import("../../services/generate-text.ts");
      const terminal = openTerminal(shell, options.json ?? false);
      const { model, adapter, maxNewTokens, temperature, topP, topK, device } = options;
      const sampling = { temperature, topP, topK, maxNewTokens, seed: options.seed };
      const request: GenerateRequest = { model, adapter, prompt: promptOf(options), ...sampling, device };
      const result = await generateText(request, {
        signal: shell.signal,
        onStart: (start) => startNotes(start).forEach((line) => terminal.note(line)),
        onText: (piece) => {
          if (!terminal.json) shell.stdout.write(piece);
        },
      });
      if (result.finish === "cancelled") throw new WorkbenchError("cancelled", "generation was cancelled");
      terminal.print(result.text === null ? result.tokens.join(",") : "");
      terminal.emit({ ...result });
    });
}

function startNotes({ device, sampling, systemInUserTurn }: GenerationStart): string[] {
  const { temperature, topP, topK, fromModel, notApplied } = sampling;
  const settings = `sampling: temperature ${temperature}, top-p ${topP}, top-k ${topK}`;
  const ignored = Object.entries(notApplied).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return [
    deviceNote(device),
    ...(fromModel.length > 0 ? [`${settings}; ${fromModel.join(", ")} as the model's generation_config.json says`] : []),
    ...(ignored.length > 0 ? [`not applied of generation_config.json: ${ignored.join(", ")}`] : []),
    ...(systemInUserTurn ? ["the chat template has no system role: the request to reason stands at the head of the user turn"] : []),
  ];
}

function promptOf({ prompt, ids, think }: GenerateOptions): GenerateRequest["prompt"] {
  if (ids !== undefined) return { ids };
  if (prompt !== undefined) return { text: prompt, think };
  throw new WorkbenchError("invalid-argument", "nothing to continue", { expected: "--prompt or --ids" });
}
