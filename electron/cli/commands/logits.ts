// `raif logits`: a model's logits for one sequence, in a file.

import type { Command } from "commander";
import type { DeviceRequest } from "../../../shared/domain/device.ts";
import { deviceNote, deviceOption, tokenIds } from "../option-values.ts";
import type { Shell } from "../shell.ts";
import { openTerminal } from "../terminal.ts";

interface LogitsOptions {
  readonly model: string;
  readonly adapter?: string;
  readonly ids: readonly number[];
  readonly out: string;
  readonly device: DeviceRequest;
  readonly json?: boolean;
}

export function addLogits(program: Command, shell: Shell): void {
  program
    .command("logits")
    .description("Write the logits of every position of one sequence, to compare a model with other implementations.")
    .requiredOption("--model <folder>", 'model folder in the Hugging Face layout, or "nano"')
    .option("--adapter <folder>", "an adapter in PEFT's layout to apply")
    .requiredOption("--ids <ids>", "token ids: 1,2,3", tokenIds)
    .requiredOption("--out <file>", 'safetensors file to write: "logits", float32 [tokens, vocabulary]')
    .addOption(deviceOption())
    .option("--json", "print one JSON object: out, tokens, vocabSize, device")
    .action(async ({ model, adapter, ids, out, device, json }: LogitsOptions) => {
      const { writeLogits } = await import("../../services/logits.ts");
      const terminal = openTerminal(shell, json ?? false);
      const outcome = await writeLogits({ model, adapter, ids, out, device }, shell.signal);
      terminal.note(deviceNote(outcome.device));
      terminal.print(`wrote logits [${outcome.tokens}, ${outcome.vocabSize}] to ${out}`);
      terminal.emit({ out, ...outcome });
    });
}
