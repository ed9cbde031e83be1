// Writes the rows of a dataset into a file, or a folder that the Hugging Face libraries load. Import gives back what export wrote.

import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import type { DatasetFilter, DraftRecord } from "../../../shared/domain/dataset.ts";
import type { ExportContent, ExportFileFormat, ExportSummary, FileFormat } from "../../../shared/domain/dataset-files.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { eachContextRow, hasContextRows } from "../../storage/collection-imports.ts";
import { eachWholeRow, type WholeRow } from "../../storage/collection-rows.ts";
import { requireVersion } from "../../storage/collection-versions.ts";
import { getCollection } from "../../storage/collections.ts";
import type { ReadConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { datasetRowIds } from "./dataset-views.ts";
import { layoutOf, needsLayout, writeRows, type RowToWrite } from "./formats/write-rows.ts";

export interface ExportRequest {
  /** A new file, or one that is replaced; a folder that does not exist yet for "huggingface". */
  readonly path: string;
  readonly format: ExportFileFormat;
  readonly content: ExportContent;
  /** Of the present rows only; not together with a version. */
  readonly filter?: DatasetFilter | undefined;
  readonly version?: number | undefined;
}

/** Throws "not-found", "invalid-argument", and what writing files throws. An existing file is replaced only when the new one is whole. */
export function exportDataset(db: ReadConnection, id: CollectionId, request: ExportRequest): ExportSummary {
  const { name } = getCollection(db, id);
  if (request.version !== undefined) {
    requireVersion(db, id, request.version);
    if (request.filter !== undefined)
      throw new WorkbenchError("invalid-argument", "a filter is about the present rows; name no version with it");
  }
  if (request.format === "huggingface") return exportFolder(db, id, request, name);
  const partial = `${request.path}.partial`;
  try {
    const written = writeFile(db, id, request, request.format, partial);
    renameSync(partial, request.path);
    return { path: request.path, ...written, bytes: statSync(request.path).size };
  } catch (error) {
    rmSync(partial, { force: true });
    throw fileError(error, request.path);
  }
}

function writeFile(
  db: ReadConnection,
  id: CollectionId,
  request: ExportRequest,
  format: FileFormat,
  path: string,
  split?: string,
): { rows: number; context: number; leftOut: number } {
  let leftOut = 0;
  let context = 0;
  const contexts = function* (): Generator<RowToWrite> {
    context = 0;
    if (!takesContext(request)) return;
    for (const { text, reason } of eachContextRow(db, id)) {
      const original = (): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
      context++;
      if (request.content === "original") yield { json: text, fields: original };
      else yield { fields: () => ({ context: reason, original: original() }) };
    }
  };
  const rows = function* (): Generator<RowToWrite> {
    leftOut = 0;
    for (const row of wantedRows(db, id, request)) {
      if (split !== undefined && row.split !== split) continue;
      const made = rowToWrite(row, request.content);
      if (made === undefined) leftOut++;
      else yield made;
    }
    // Without a split of their own they go with the rows of none.
    if ((split ?? "") === "") yield* contexts();
  };
  const layout = needsLayout(format) ? layoutOf(rows()) : { names: [], texts: new Set<string>() };
  const written = writeRows(path, format, rows(), layout);
  return { rows: written - context, context, leftOut };
}

/** Rows that belong to others go with all of them, not with some. */
function takesContext({ content, filter }: ExportRequest): boolean {
  return filter === undefined && (content === "rows" || content === "original");
}

function* wantedRows(db: ReadConnection, id: CollectionId, { filter, version }: ExportRequest): Generator<WholeRow> {
  const wanted = filter === undefined ? undefined : new Set(datasetRowIds(db, id, filter));
  for (const row of eachWholeRow(db, id, version)) if (wanted?.has(row.rowId) !== false) yield row;
}

/** Undefined where the row has not what is asked for. */
function rowToWrite({ recordJson, originalJson, split, source, format, state }: WholeRow, content: ExportContent): RowToWrite | undefined {
  const parsed = (json: string) => (): Record<string, unknown> => JSON.parse(json) as Record<string, unknown>;
  switch (content) {
    case "records":
      return state === "ready" ? { json: recordJson, fields: parsed(recordJson) } : undefined;
    case "original": {
      const json = originalJson ?? recordJson;
      return { json, fields: parsed(json) };
    }
    case "trl":
      return trlRow(JSON.parse(recordJson) as DraftRecord);
    case "rows": {
      // Of a row with a problem import has to know that it was taken in with it.
      const hasPlace = originalJson !== null || state === "problem";
      if (!hasPlace && split === "") return { json: recordJson, fields: parsed(recordJson) };
      return {
        fields: () => ({
          ...parsed(recordJson)(),
          ...(split === "" ? {} : { split }),
          ...(hasPlace ? { source, format } : {}),
          ...(originalJson === null ? {} : { original: parsed(originalJson)() }),
        }),
      };
    }
  }
}

function trlRow({ messages, expert }: DraftRecord): RowToWrite | undefined {
  if (expert === undefined) return undefined;
  const content = `<think>\n${expert.think}\n</think>\n<answer>\n${expert.answer}\n</answer>`;
  return { fields: () => ({ prompt: messages, completion: [{ role: "assistant", content }] }) };
}

/** One Parquet file a split under data/, and a README that names them. */
function exportFolder(db: ReadConnection, id: CollectionId, request: ExportRequest, name: string): ExportSummary {
  const splits = new Set<string>();
  for (const row of wantedRows(db, id, request)) splits.add(row.split);
  if (splits.size === 0 || (takesContext(request) && hasContextRows(db, id))) splits.add("");
  const fileOf = (split: string): string => `data/${fileName(split)}.parquet`;
  const total = { rows: 0, context: 0, leftOut: 0, bytes: 0 };
  try {
    mkdirSync(dirname(request.path), { recursive: true });
    mkdirSync(request.path);
  } catch (error) {
    throw fileError(error, request.path);
  }
  try {
    mkdirSync(join(request.path, "data"));
    for (const split of splits) {
      const path = join(request.path, fileOf(split));
      const { rows, context, leftOut } = writeFile(db, id, request, "parquet", path, split);
      total.rows += rows;
      total.context += context;
      total.leftOut += leftOut;
      total.bytes += statSync(path).size;
    }
    const data_files = [...splits].map((split) => ({ split: split === "" ? "train" : split, path: fileOf(split) }));
    const head = stringify({ configs: [{ config_name: "default", data_files }] });
    writeFileSync(join(request.path, "README.md"), `---\n${head}---\n\n# ${name}\n\nComplex instructions, exported from RAIF Workbench.\n`);
  } catch (error) {
    rmSync(request.path, { recursive: true, force: true });
    throw fileError(error, request.path);
  }
  return { path: request.path, ...total };
}

/** Splits are named by users; files are not to leave the folder. Different names stay different. */
function fileName(split: string): string {
  if (split === "") return "rows";
  return /^[A-Za-z0-9_-]{1,80}$/.test(split) ? `split-${split}` : `split-${Buffer.from(split).toString("hex").slice(0, 160)}`;
}

function fileError(error: unknown, where: string): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  if (error instanceof WorkbenchError || code === undefined || !/^E[A-Z]+$/.test(code)) return error;
  if (code === "ENOSPC") return new WorkbenchError("storage-full", "the disk is full; nothing was replaced", { where }, { cause: error });
  const what = code === "EEXIST" ? "the folder is there already" : "the file cannot be written";
  return new WorkbenchError("invalid-argument", what, { where, got: code }, { cause: error });
}
