// `raif judge`: one yes/no question to a judge.

import type { Command } from "commander";
import type { DeviceRequest } from "../../../shared/domain/device.ts";
import { deviceNote, deviceOption } from "../option-values.ts";
import type { Shell } from "../shell.ts";
import { openTerminal } from "../terminal.ts";

interface JudgeOptions {
  readonly judge: string;
  readonly question: string;
  readonly answer: string;
  readonly prompt?: string;
  readonly device: DeviceRequest;
  readonly json?: boolean;
}

export function addJudge(program: Command, shell: Shell): void {
  program
    .command("judge")
    .description("Ask a judge one yes/no question about an answer, as a training would.")
    .requiredOption("--judge <judge>", "local:<model folder> or endpoint:<url>#<model> (key: RAIF_JUDGE_KEY)")
    .requiredOption("--question <text>", "the question")
    .requiredOption("--answer <text>", "the answer that it is about")
    .option("--prompt <text>", "the request that was answered")
    .addOption(deviceOption())
    .option("--json", "print one JSON object: yes, margin (log p(yes) - log p(no), where the judge can tell), note, device")
    .action(async ({ json, ...request }: JudgeOptions) => {
      const { askJudge } = await import("../../services/ask-judge.ts");
      const terminal = openTerminal(shell, json ?? false);
      const { verdict, device } = await askJudge(request, terminal.signal);
      if (device !== undefined) terminal.note(deviceNote(device));
      terminal.emit({ ...verdict, ...(device === undefined ? {} : { device }) });
      const margin = verdict.margin === undefined ? "" : `, margin ${verdict.margin.toFixed(3)}`;
      const note = verdict.note === undefined ? "" : ` (${verdict.note})`;
      terminal.print(`${verdict.yes ? "yes" : "no"}${margin}${note}`);
    });
}
