// `raif data`: everything about datasets; one file a command.

import type { Command } from "commander";
import type { Shell } from "../shell.ts";
import { addDataCheck, addDataDedupe } from "./data-check.ts";
import { addDataSynthesize } from "./data-synthesize.ts";

export function addData(program: Command, shell: Shell): void {
  const data = program.command("data").description("Datasets: check, clean and grow complex instructions.");
  for (const add of [addDataCheck, addDataDedupe, addDataSynthesize]) add(data, shell);
}
