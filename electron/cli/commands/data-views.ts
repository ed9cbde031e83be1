// `raif data list`, `stats` and `diff`: what a workspace's datasets hold, and what changed in them.

import type { Command } from "commander";
import { WorkbenchError } from "../../../shared/errors.ts";
import type { DatasetDifference, DatasetStatistics, FacetValue } from "../../../shared/domain/dataset.ts";
import { examples } from "../examples.ts";
import { nonNegativeInteger, positiveInteger } from "../option-values.ts";
import type { Shell } from "../shell.ts";
import { formatTable, openTerminal, type Terminal } from "../terminal.ts";

interface StatsOptions {
  readonly workspace?: string;
  readonly dataset?: string;
  readonly data?: string;
  readonly search?: string;
  readonly json?: boolean;
}

interface DiffOptions {
  readonly workspace: string;
  readonly dataset: string;
  readonly from?: number;
  readonly to?: number;
  readonly limit: number;
  readonly json?: boolean;
}

const SHOWN_RULES = 40;

export function addDataList(data: Command, shell: Shell): void {
  data
    .command("list")
    .description("List the datasets of a workspace, last changed first.")
    .requiredOption("--workspace <file>", "workspace file")
    .option("--json", "print one JSON object a dataset")
    .action(async ({ workspace, json }: { readonly workspace: string; readonly json?: boolean }) => {
      const { workspaceDatasets } = await import("../../services/datasets/workspace-datasets.ts");
      const terminal = openTerminal(shell, json ?? false);
      const datasets = workspaceDatasets(workspace);
      for (const dataset of datasets) terminal.emit({ ...dataset });
      const rows = datasets.map(({ id, name, rows: count, version, rejected }) => [id, name, count, version, rejected]);
      terminal.print(rows.length === 0 ? "no datasets yet" : formatTable(["id", "name", "rows", "version", "wait for repair"], rows));
    });
}

export function addDataStats(data: Command, shell: Shell): void {
  data
    .command("stats")
    .description("Count rows by rule, composition, depth, length, language and split, and rules by composition.")
    .option("--workspace <file>", "workspace file, with --dataset")
    .option("--dataset <name>", "name or number of a dataset of the workspace")
    .option("--data <path>", "file or folder to look at instead")
    .option("--search <words>", "with --dataset: only rows with these words")
    .option("--json", "print one JSON object")
    .addHelpText("after", examples("data stats --data train.jsonl", "data stats --workspace work.sqlite --dataset mine --search poem"))
    .action(async ({ workspace, dataset, data: path, search, json }: StatsOptions) => {
      const { fileStatistics, workspaceStatistics } = await import("../../services/datasets/workspace-datasets.ts");
      const terminal = openTerminal(shell, json ?? false);
      if (path !== undefined) {
        report(terminal, await fileStatistics(path, { signal: shell.signal }));
        return;
      }
      if (workspace === undefined || dataset === undefined) {
        throw new WorkbenchError("invalid-argument", "nothing to count", { expected: "--workspace and --dataset, or --data" });
      }
      report(terminal, workspaceStatistics(workspace, dataset, search));
    });
}

function report(terminal: Terminal, statistics: DatasetStatistics): void {
  terminal.emit({ ...statistics });
  const { rows, ready, experts, rules, compositions, depths, languages, splits, lengths, coverage } = statistics;
  terminal.print(`${rows} rows, ${ready} can be trained on, ${experts} with a demonstration\n`);
  const lists: readonly (readonly [string, readonly FacetValue[]])[] = [
    ["composition", compositions],
    ["depth", depths],
    ["language", languages],
    ["split", splits],
  ];
  for (const [name, values] of lists)
    terminal.print(`${name}: ${values.map(({ value, rows: count }) => `${value === "" ? "none" : value} ${count}`).join(", ")}`);
  const filled = lengths.filter((bin) => bin.rows > 0);
  terminal.print(`characters: ${filled.map((bin) => `${bin.from}-${bin.to - 1} ${bin.rows}`).join(", ")}\n`);
  const shown = compositions.map(({ value }) => value);
  const cell = (rule: string, composition: string): number =>
    coverage.find((pair) => pair.rule === rule && pair.composition === composition)?.rows ?? 0;
  if (rules.length === 0) return;
  const table = rules
    .slice(0, SHOWN_RULES)
    .map(({ value, rows: count }) => [value, count, ...shown.map((composition) => cell(value, composition))]);
  terminal.print(formatTable(["rule", "rows", ...shown], table));
  if (rules.length > table.length) terminal.print(`... and ${rules.length - table.length} more rules (--json for all)`);
}

export function addDataDiff(data: Command, shell: Shell): void {
  data
    .command("diff")
    .description("Say which rows differ between two versions of a dataset.")
    .requiredOption("--workspace <file>", "workspace file")
    .requiredOption("--dataset <name>", "name or number of the dataset")
    .option("--from <version>", "default: the one before --to", nonNegativeInteger)
    .option("--to <version>", "default: the present one", nonNegativeInteger)
    .option("--limit <n>", "rows that are shown", positiveInteger, 50)
    .option("--json", "print one JSON object a row, then one with the counts")
    .addHelpText(
      "after",
      examples(
        "data diff --workspace work.sqlite --dataset mine",
        "data diff --workspace work.sqlite --dataset mine --from 3 --to 5 --json",
      ),
    )
    .action(async ({ workspace, dataset, from, to, limit, json }: DiffOptions) => {
      const { workspaceDiff } = await import("../../services/datasets/workspace-datasets.ts");
      const terminal = openTerminal(shell, json ?? false);
      const { differences, ...counts } = workspaceDiff(workspace, dataset, { from, to }, { offset: 0, limit });
      for (const difference of differences) terminal.emit({ ...difference });
      terminal.emit(counts);
      const rows = differences.map((difference) => [difference.rowId, difference.change, nameOf(difference), whatChanged(difference)]);
      if (rows.length > 0) terminal.print(formatTable(["row", "", "id", "what"], rows));
      const { added, removed, changed } = counts;
      terminal.print(`version ${counts.from} to ${counts.to}: ${added} added, ${removed} removed, ${changed} changed`);
    });
}

function nameOf({ before, after }: DatasetDifference): string {
  return (after ?? before)?.record.id ?? "";
}

function whatChanged({ before, after }: DatasetDifference): string {
  if (before === null || after === null) return "";
  const names = [...new Set([...Object.keys(before.record), ...Object.keys(after.record)])] as (keyof typeof after.record)[];
  const changed: string[] = names.filter((name) => JSON.stringify(before.record[name]) !== JSON.stringify(after.record[name]));
  return [...changed, ...(before.split === after.split ? [] : [`split ${before.split || "none"} to ${after.split || "none"}`])].join(", ");
}
