// `raif data import` and `raif data export`: files in and out of a workspace's datasets.

import { Option, type Command } from "commander";
import type { ExportContent, ExportFileFormat, ImportedDataset, RejectedRow } from "../../../shared/domain/dataset-files.ts";
import type { ImportRequest } from "../../services/datasets/import-files.ts";
import { examples } from "../examples.ts";
import { nonNegativeInteger } from "../option-values.ts";
import type { Shell } from "../shell.ts";
import { formatTable, openTerminal, type Progress, type Terminal } from "../terminal.ts";

interface ImportOptions {
  readonly workspace: string;
  readonly name?: string;
  readonly schema?: string;
  readonly mapping?: string;
  readonly split?: string;
  readonly preview?: boolean;
  readonly json?: boolean;
}

interface ExportOptions {
  readonly workspace: string;
  readonly dataset: string;
  readonly out: string;
  readonly format?: ExportFileFormat;
  readonly content: ExportContent;
  readonly search?: string;
  readonly split?: string;
  readonly datasetVersion?: number;
  readonly json?: boolean;
}

const SHOWN_REJECTS = 20;
/** The services' lists, which are not loaded for `--help`. */
const FORMATS = ["jsonl", "json", "csv", "parquet", "huggingface"] as const satisfies readonly ExportFileFormat[];
const CONTENTS = ["rows", "records", "original", "trl"] as const satisfies readonly ExportContent[];

export function addDataImport(data: Command, shell: Shell): void {
  data
    .command("import")
    .description(
      "Take a file or folder of records into a dataset: JSON lines, JSON, CSV, Parquet, packed with gzip or zstd or not, or a folder as " +
        "the Hugging Face hub has them. Known layouts are recognised; what cannot be read is kept aside with line, field and reason.",
    )
    .argument("<path>", "file or folder")
    .requiredOption("--workspace <file>", "workspace file; made when absent")
    .option("--name <name>", "dataset to import into, made when absent (default: named after the file)")
    .option("--schema <name>", "take every row in this layout, e.g. raif, ifeval, trl-prompt (default: found out row by row)")
    .addOption(
      new Option(
        "--mapping <file>",
        "JSON file that says which field is what: prompt, system, input, id, answer, questions, response, split, tags",
      ).conflicts("schema"),
    )
    .option("--split <name>", "split of rows that name none")
    .option("--preview", "show what would come of it and store nothing")
    .option("--json", "print JSON; the last line of an import has imported, known, rejected, context, notReady, dataset, version")
    .addHelpText(
      "after",
      examples(
        "data import train.jsonl --workspace work.sqlite",
        "data import IFEval/ --workspace work.sqlite --name ifeval --schema ifeval --split test",
        "data import answers.csv --workspace work.sqlite --preview",
      ),
    )
    .action(async (path: string, { json, mapping, preview, ...options }: ImportOptions) => {
      const { importIntoWorkspace, readMapping } = await import("../../services/datasets/workspace-datasets.ts");
      const terminal = openTerminal(shell, json ?? false);
      const request = { ...options, path, ...(mapping === undefined ? {} : { mapping: await readMapping(mapping) }) };
      if (preview === true) {
        await showPreview(terminal, request);
        return;
      }
      let progress: Progress | undefined;
      try {
        const summary = await importIntoWorkspace(request, {
          signal: shell.signal,
          onProgress: ({ fraction, rows, file }) =>
            (progress ??= terminal.progress("import", 100)).update(Math.floor(100 * fraction), `${rows} rows, ${file}`),
        });
        progress?.stop();
        report(terminal, summary);
      } finally {
        progress?.stop();
      }
    });
}

function report(terminal: Terminal, { firstRejected, ...summary }: ImportedDataset): void {
  for (const reject of firstRejected) terminal.emit({ type: "rejected", ...reject });
  terminal.emit({ ...summary });
  const { imported, known, rejected, context, notReady, formats, dataset, version } = summary;
  printRejected(terminal, firstRejected, rejected);
  const layouts = Object.entries(formats).map(([name, rows]) => `${rows} ${name}`);
  terminal.print(`${imported} rows imported into "${dataset}", version ${version} (${layouts.join(", ") || "no record"})`);
  if (known > 0) terminal.print(`${known} were there already`);
  if (notReady > 0) terminal.print(`${notReady} cannot be trained on as they are; their rows say why`);
  if (context > 0) terminal.print(`${context} belong to other rows and are kept beside them`);
  if (rejected > 0) terminal.print(`${rejected} rows could not be read; they wait for repair in the workspace`);
}

function printRejected(terminal: Terminal, rejected: readonly RejectedRow[], total: number): void {
  if (rejected.length === 0) return;
  const shown = rejected
    .slice(0, SHOWN_REJECTS)
    .map(({ source, line, field, reason }) => [`${source}:${line}`, field, reason.slice(0, 200)]);
  terminal.print(formatTable(["line", "field", "reason"], shown));
  if (total > shown.length) terminal.print(`... and ${total - shown.length} more`);
  terminal.print();
}

async function showPreview(terminal: Terminal, request: ImportRequest): Promise<void> {
  const { previewImport } = await import("../../services/datasets/preview-import.ts");
  const preview = await previewImport(request);
  terminal.emit({ ...preview });
  terminal.print(
    formatTable(
      ["file", "split", "format"],
      preview.files.map(({ name, split, format }) => [name, split, format]),
    ),
  );
  terminal.print(
    `\n${preview.lookedAt} rows looked at: ${
      Object.entries(preview.formats)
        .map(([name, rows]) => `${rows} ${name}`)
        .join(", ") || "none recognised"
    }`,
  );
  terminal.print(`fields: ${preview.fields.map(({ name }) => name).join(", ")}\n`);
  printRejected(terminal, preview.rejected, preview.rejected.length);
}

export function addDataExport(data: Command, shell: Shell): void {
  data
    .command("export")
    .description("Write a dataset into a file, or into a folder that the Hugging Face libraries load; import gives it back equal.")
    .requiredOption("--workspace <file>", "workspace file")
    .requiredOption("--dataset <name>", "name or number of the dataset")
    .requiredOption("--out <path>", "file that is written or replaced; a folder that does not exist for huggingface")
    .addOption(new Option("--format <format>", "default: by the name of the file, else jsonl").choices(FORMATS))
    .addOption(
      new Option(
        "--content <what>",
        "rows: everything; records: what training reads; original: fields as imported; trl: prompt and completion",
      )
        .choices(CONTENTS)
        .default("rows"),
    )
    .option("--search <words>", "only rows with these words")
    .option("--split <name>", "only rows of this split")
    .option("--dataset-version <n>", "rows as they were at this version", nonNegativeInteger)
    .option("--json", "print one JSON object: path, rows, context, leftOut, bytes")
    .addHelpText(
      "after",
      examples(
        "data export --workspace work.sqlite --dataset mine --out mine.parquet",
        "data export --workspace work.sqlite --dataset mine --format huggingface --out mine/",
        "data export --workspace work.sqlite --dataset mine --content records --split train --out train.jsonl",
      ),
    )
    .action(async ({ workspace, dataset, out, format, content, search, split, datasetVersion, json }: ExportOptions) => {
      const { exportFromWorkspace } = await import("../../services/datasets/workspace-datasets.ts");
      const terminal = openTerminal(shell, json ?? false);
      const filter = { ...(search === undefined ? {} : { search }), ...(split === undefined ? {} : { splits: [split] }) };
      const summary = exportFromWorkspace(workspace, dataset, {
        path: out,
        format: format ?? formatOf(out),
        content,
        ...(Object.keys(filter).length === 0 ? {} : { filter }),
        ...(datasetVersion === undefined ? {} : { version: datasetVersion }),
      });
      terminal.emit({ ...summary });
      terminal.print(`${summary.rows} rows in ${summary.path}`);
      if (summary.leftOut > 0) terminal.print(`${summary.leftOut} rows have not what "${content}" asks for and were left out`);
    });
}

function formatOf(path: string): ExportFileFormat {
  const end = /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase();
  return FORMATS.find((format) => format === end) ?? "jsonl";
}
