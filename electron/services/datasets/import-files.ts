// Takes a file or a folder of records into a dataset: any known format and layout, row by row, so that size does not matter. What cannot
// be read is kept aside with line, field and reason. The same content twice is stored once.

import { basename } from "node:path";
import { setImmediate as letOthersIn } from "node:timers/promises";
import type { ImportProgress, ImportSummary, Mapping } from "../../../shared/domain/dataset-files.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { discardImport, finishImport, startImport } from "../../storage/collection-imports.ts";
import type { WriteConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { convertFile, convertFileAside } from "./convert-file.ts";
import { leaveTable } from "./dataset-table.ts";
import { findDataFiles, type DataFile } from "./formats/data-files.ts";
import { isReadAside } from "./reading-thread.ts";
import { rowConverter, type RowResult } from "./schemas/convert-row.ts";
import { TakenRows } from "./taken-rows.ts";

export interface ImportRequest {
  /** File or folder. */
  readonly path: string;
  /** Name of the layout; found out by default. */
  readonly schema?: string | undefined;
  readonly mapping?: Mapping | undefined;
  /** Of rows that name none themselves. */
  readonly split?: string | undefined;
}

export interface ImportHooks {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: ImportProgress) => void;
}

/** All of it or nothing. Throws what opening and reading the files throws, "cancelled", and storage errors. */
export async function importFiles(
  db: WriteConnection,
  id: CollectionId,
  request: ImportRequest,
  hooks: ImportHooks = {},
): Promise<ImportSummary> {
  const files = await findDataFiles(request.path);
  // A wrong name is said before anything is written.
  rowConverter(request);
  const importId = startImport(db, id, request.path);
  const taken = new TakenRows(db, id, importId);
  let imported: ImportSummary;
  try {
    for (const [index, file] of files.entries())
      await takeFile(taken, file, request, hooks, (fraction) => (index + fraction) / files.length);
    if (taken.records + taken.rejected + taken.context === 0) {
      throw new WorkbenchError("invalid-record", "there is no record in it", { where: request.path });
    }
    const summary = { ...taken.counts(), files: files.length };
    const title = `import ${summary.imported} rows of ${basename(request.path)}`;
    imported = { ...summary, version: finishImport(db, importId, { title, ...taken.outcome(), summary }) };
  } catch (error) {
    discardImport(db, importId);
    throw error;
  }
  leaveTable(db, id);
  return imported;
}

/** Written at once, so that the index of words is not merged for each thousand; others wait for a quarter of a second. */
const WRITTEN_ROWS = 5000;
const WRITTEN_CHARACTERS = 8 * 1024 * 1024;

async function takeFile(
  taken: TakenRows,
  file: DataFile,
  { schema, mapping, split }: ImportRequest,
  { signal, onProgress }: ImportHooks,
  fractionOf: (fraction: number) => number,
): Promise<void> {
  const convert = (await isReadAside(file.path)) ? convertFileAside : convertFile;
  let waiting: RowResult[] = [];
  let [characters, read] = [0, 0];
  const write = (): void => {
    const progress = { fraction: fractionOf(read), rows: taken.records + waiting.length, file: file.name };
    taken.take(waiting, progress);
    onProgress?.(progress);
    waiting = [];
    characters = 0;
  };
  for await (const { results, fraction } of convert({ file, schema, mapping, split })) {
    if (signal?.aborted === true) throw new WorkbenchError("cancelled", "the import was cancelled");
    read = fraction;
    for (const result of results) {
      waiting.push(result);
      characters += result.type === "record" ? result.content.recordJson.length : result.text.length;
    }
    if (waiting.length >= WRITTEN_ROWS || characters >= WRITTEN_CHARACTERS) write();
    // A thread that is ahead has its next piece here already; without a pause neither signals nor timers would ever have a turn.
    await letOthersIn();
  }
  write();
}
