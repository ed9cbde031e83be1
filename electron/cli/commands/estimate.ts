// `raif estimate`: the memory a training would take, phase by phase, before anything is loaded.

import { Option, type Command } from "commander";
import type { EstimateReport } from "../../services/estimate-memory.ts";
import { collect, memorySize } from "../option-values.ts";
import type { Shell } from "../shell.ts";
import { formatTable, openTerminal } from "../terminal.ts";

interface EstimateOptions {
  readonly model: string;
  readonly method?: "raif" | "grpo" | "sft";
  readonly recipe?: string;
  readonly set?: readonly string[];
  readonly memory?: number;
  readonly device?: "cpu" | "webgpu";
  readonly json?: boolean;
}

export function addEstimate(program: Command, shell: Shell): void {
  program
    .command("estimate")
    .description("Say what memory a training would take in each phase and, where that is too much, which settings would make it fit.")
    .requiredOption("--model <folder>", 'model folder in the Hugging Face layout, a config.json, or "nano"')
    .addOption(new Option("--method <method>", "raif when neither this nor the recipe says").choices(["raif", "grpo", "sft"]))
    .option("--recipe <name>", "a named recipe, or a JSON file of settings (default: paper)")
    .option("--set <key=value>", "change one setting; may be given several times; see raif settings", collect)
    .addOption(new Option("--device <device>", "where it would compute (default: cpu)").choices(["cpu", "webgpu"]))
    .option("--memory <size>", "what may be used there, like 16GiB or 900MiB (default: what is free now on the host)", memorySize)
    .option("--json", "print one JSON object: device, phases with their parts in bytes, peakBytes, hostBytes, availableBytes, fits, remedy")
    .action(async ({ set, memory, json, ...request }: EstimateOptions) => {
      const [{ estimateTraining }, { parseSettings }] = await Promise.all([
        import("../../services/estimate-memory.ts"),
        import("../../services/training-settings.ts"),
      ]);
      const terminal = openTerminal(shell, json ?? false);
      const report = await estimateTraining({
        ...request,
        set: parseSettings(set ?? []),
        ...(memory === undefined ? {} : { memoryBytes: memory }),
      });
      terminal.emit({ ...report });
      terminal.print(formatReport(report));
      if (report.fits === false) shell.exitCode = 1;
    });
}

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;

function formatReport(report: EstimateReport): string {
  const { device, phases, peakBytes, hostBytes, parameters, tokensPerMicroBatch } = report;
  const names = [...new Set(phases.flatMap(({ parts }) => parts.map((part) => part.name)))];
  const bytesOf = (phase: EstimateReport["phases"][number], name: string) => phase.parts.find((part) => part.name === name)?.bytes;
  const rows = names.map((name) => [
    name,
    ...phases.map((phase) => {
      const bytes = bytesOf(phase, name);
      return bytes === undefined ? "-" : mebibytes(bytes);
    }),
  ]);
  return [
    formatTable(
      [device === "cpu" ? "MiB" : "MiB of the device", ...phases.map(({ name }) => name)],
      [...rows, ["total", ...phases.map(({ totalBytes }) => mebibytes(totalBytes))]],
    ),
    "",
    `${(parameters / 1e6).toFixed(1)} million parameters, at most ${tokensPerMicroBatch} tokens at once; peak ${gibibytes(peakBytes)}`,
    ...(hostBytes === null ? [] : [`Beside the device the process takes up to ${gibibytes(hostBytes)}.`]),
    verdict(report),
  ].join("\n");
}

function verdict({ availableBytes, fits, remedy }: EstimateReport): string {
  if (availableBytes === null) return "How much memory the device has is not known here: --memory says whether it fits.";
  if (fits === true) return `It fits into ${gibibytes(availableBytes)}.`;
  const remedies =
    remedy === null
      ? "No combination of the usual settings would make it fit; shorten maxPromptTokens and maxNewTokens, or take a smaller model."
      : `It would fit, with ${gibibytes(remedy.peakBytes)}, with ${remedy.set.map((setting) => `--set ${setting}`).join(" ")}`;
  return `It does not fit into ${gibibytes(availableBytes)}. ${remedies}`;
}
