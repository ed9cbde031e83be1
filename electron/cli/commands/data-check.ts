// `raif data check` and `raif data dedupe`: what is wrong with a dataset, and a copy without it.

import type { Command } from "commander";
import { FINDING_TYPES, type QualityFinding } from "../../../shared/domain/quality.ts";
import type { CheckedFiles, CheckFilesRequest } from "../../services/quality/check-files.ts";
import { examples } from "../examples.ts";
import { collect, positiveInteger, share } from "../option-values.ts";
import type { Shell } from "../shell.ts";
import { formatTable, openTerminal, type Progress, type Terminal } from "../terminal.ts";

interface CheckOptions {
  readonly data?: string;
  readonly workspace?: string;
  readonly dataset?: string;
  readonly heldOut?: readonly string[];
  readonly against?: readonly string[];
  readonly model?: string;
  readonly maxPromptTokens?: number;
  readonly maxNewTokens?: number;
  readonly only?: string;
  readonly similarity?: number;
  readonly overlap?: number;
  readonly findings?: string;
  readonly fix?: string;
  readonly out?: string;
  readonly json?: boolean;
}

interface DedupeOptions {
  readonly data: string;
  readonly similarity?: number;
  readonly exact?: boolean;
  readonly out: string;
  readonly json?: boolean;
}

const SHOWN_FINDINGS = 20;
const DATA_HELP = 'file or folder of records in any known layout, or "starter", "heldout", "heldout-ood"';

export function addDataCheck(data: Command, shell: Shell): void {
  data
    .command("check")
    .description("Look for duplicates, leakage, impossible rules, wrong languages, overlong prompts and demonstrations that fail.")
    .option("--data <path>", DATA_HELP)
    .option("--workspace <file>", "workspace file, with --dataset instead of --data; the check is kept there")
    .option("--dataset <name>", "name or number of a dataset of the workspace")
    .option("--held-out <path>", "with --data: data that is only measured on; may be given several times", collect)
    .option("--against <path>", "benchmark that must not leak into the data; may be given several times", collect)
    .option("--model <folder>", 'count prompts as this model gets them: a model folder, or "nano"')
    .option("--max-prompt-tokens <n>", "with --model: longest prompt (default: what the context leaves)", positiveInteger)
    .option("--max-new-tokens <n>", "with --model: response that has to fit beside the prompt (default: 1024)", positiveInteger)
    .option("--only <findings>", `names between commas, of ${FINDING_TYPES.join(", ")}`)
    .option("--similarity <share>", "near-duplicates from this share of common word sequences on (default: 0.8)", share)
    .option("--overlap <share>", "leakage from this overlap on (default: 0.5)", share)
    .option("--findings <file>", "JSONL file for every finding: type, severity, rows, explanation, fixes")
    .option("--fix <findings>", 'mend these as advised, or "all"; into --out, or as a new version of the dataset')
    .option("--out <file>", "with --data and --fix: JSONL file for the mended data")
    .option("--json", "print one JSON object: records, findings, errors, warnings, notes, byType, unreadable, fixed, list")
    .addHelpText(
      "after",
      examples(
        "data check --data train.jsonl --held-out test.jsonl --against IFEval/",
        "data check --data train.jsonl --only failing-demonstration --findings found.jsonl",
        "data check --data train.jsonl --fix exact-duplicate,failing-demonstration --out clean.jsonl",
        "data check --workspace work.sqlite --dataset mine --model nano",
      ),
    )
    .addHelpText("after", "\nEnds with 1 where there are errors, so that a script can stop there.")
    .action(async ({ similarity, overlap, json, ...options }: CheckOptions) => {
      const terminal = openTerminal(shell, json ?? false);
      const checked = await check(terminal, {
        ...options,
        ...(similarity === undefined ? {} : { duplicateThreshold: similarity }),
        ...(overlap === undefined ? {} : { leakageThreshold: overlap }),
      });
      terminal.emit({ ...checked.counts, unreadable: checked.unreadable.length, fixed: checked.fixed, list: checked.findings });
      const [first] = checked.unreadable;
      if (first !== undefined)
        terminal.note(
          `${checked.unreadable.length} row${checked.unreadable.length === 1 ? "" : "s"} cannot be read, e.g. ${first.where}: ${first.reason}`,
        );
      printFindings(terminal, checked.findings);
      const { records, errors, warnings, notes } = checked.counts;
      terminal.print(`${records} records: ${errors} errors, ${warnings} warnings, ${notes} notes`);
      if (checked.fixed !== null) terminal.print(fixedLine(checked.fixed, options.out ?? "the dataset"));
      if (errors > 0) shell.exitCode = 1;
    });
}

export function addDataDedupe(data: Command, shell: Shell): void {
  data
    .command("dedupe")
    .description(
      "Write a copy without duplicates. Of equal rows the one with a demonstration that passes stays; rows with different labels all stay.",
    )
    .requiredOption("--data <file>", DATA_HELP)
    .requiredOption("--out <file>", "JSONL file for the rows that stay")
    .option("--similarity <share>", "near-duplicates from this share of common word sequences on (default: 0.8)", share)
    .option("--exact", "only rows with the same words")
    .option("--json", "print one JSON object: removed, changed, kept, version, out, list")
    .addHelpText(
      "after",
      examples("data dedupe --data train.jsonl --out clean.jsonl", "data dedupe --data train.jsonl --exact --out clean.jsonl"),
    )
    .action(async ({ similarity, exact, json, ...options }: DedupeOptions) => {
      const terminal = openTerminal(shell, json ?? false);
      const { findings, fixed } = await check(terminal, {
        ...options,
        only: exact === true ? "exact-duplicate" : "exact-duplicate,near-duplicate",
        fix: "all",
        ...(similarity === undefined ? {} : { duplicateThreshold: similarity }),
      });
      terminal.emit({ ...fixed, out: options.out, list: findings });
      printFindings(terminal, findings);
      if (fixed !== null) terminal.print(fixedLine(fixed, options.out));
    });
}

async function check(terminal: Terminal, request: CheckFilesRequest): Promise<CheckedFiles> {
  const { checkFiles } = await import("../../services/quality/check-files.ts");
  let progress: Progress | undefined;
  try {
    return await checkFiles(request, {
      signal: terminal.signal,
      onProgress: ({ activity, fraction }) => (progress ??= terminal.progress("check", 100)).update(Math.floor(100 * fraction), activity),
    });
  } finally {
    progress?.stop();
  }
}

const SEVERITIES: readonly QualityFinding["severity"][] = ["error", "warning", "note"];

/** The worst first; then how many there are of each kind. */
function printFindings(terminal: Terminal, all: readonly QualityFinding[]): void {
  if (all.length === 0) return;
  const findings = SEVERITIES.flatMap((severity) => all.filter((finding) => finding.severity === severity));
  const rows = findings.slice(0, SHOWN_FINDINGS).map(({ severity, type, rows: found, explanation }) => {
    const more = found.length > 2 ? ` +${found.length - 2}` : "";
    const names = found.slice(0, 2).map(({ recordId, reference }) => (reference === null ? recordId : `${reference}/${recordId}`));
    return [severity, type, `${names.join(" ")}${more}`, explanation];
  });
  terminal.print(formatTable(["severity", "finding", "rows", "what"], rows));
  if (findings.length > rows.length) {
    const kinds = [...Map.groupBy(findings, ({ type }) => type)].map(([type, found]) => `${found.length} ${type}`);
    terminal.print(`... and ${findings.length - rows.length} more (--json or --findings for all); in all ${kinds.join(", ")}`);
  }
  terminal.print();
}

function fixedLine({ kept, removed, changed }: NonNullable<CheckedFiles["fixed"]>, out: string): string {
  return `${removed} removed, ${changed} changed, ${kept} records in ${out}`;
}
