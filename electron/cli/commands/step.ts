// `raif step`: loss and gradients of one batch, for comparing with other trainers.

import type { Command } from "commander";
import type { DeviceRequest } from "../../../shared/domain/device.ts";
import { deviceNote, deviceOption } from "../option-values.ts";
import type { Shell } from "../shell.ts";
import { openTerminal } from "../terminal.ts";

interface StepOptions {
  readonly model: string;
  readonly batch: string;
  readonly out: string;
  readonly device: DeviceRequest;
  readonly json?: boolean;
}

export function addStep(program: Command, shell: Shell): void {
  program
    .command("step")
    .description("Evaluate the loss and every gradient on a batch and write them as tensors; the model is not changed.")
    .requiredOption("--model <folder>", "Hugging Face folder, or nano")
    .requiredOption("--batch <file>", 'JSON file: {"samples": [...], "loss": {...}}')
    .requiredOption("--out <file>", "safetensors file to write")
    .addOption(deviceOption())
    .option("--json", "print one JSON object")
    .action(async ({ model, batch, out, device, json }: StepOptions) => {
      const { writeStep } = await import("../../services/step.ts");
      const terminal = openTerminal(shell, json ?? false);
      const outcome = await writeStep({ model, batch, out, device }, shell.signal, (choice) => terminal.note(deviceNote(choice)));
      for (const [name, value] of Object.entries(outcome)) terminal.print(`${name.padEnd(12)} ${value}`);
      terminal.print(`wrote these, the log-probabilities and the gradients to ${out}`);
      terminal.emit({ out, ...outcome });
    });
}
