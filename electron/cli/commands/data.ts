// `raif data`: everything about datasets; one file a command.

import type { Command } from "commander";
import type { Shell } from "../shell.ts";
import { addDataCheck, addDataDedupe } from "./data-check.ts";
import { addDataExport, addDataImport } from "./data-files.ts";
import { addDataSynthesize } from "./data-synthesize.ts";
import { addDataDiff, addDataList, addDataStats } from "./data-views.ts";

export function addData(program: Command, shell: Shell): void {
  const data = program.command("data").description("Datasets: import, export, count, compare, check, clean and grow complex instructions.");
  for (const add of [addDataImport, addDataExport, addDataList, addDataStats, addDataDiff, addDataCheck, addDataDedupe, addDataSynthesize])
    add(data, shell);
}
