// Takes a file or a folder of records into a dataset: any known format and layout, row by row, so that size does not matter. What cannot
// be read is kept aside with line, field and reason. The same content twice is stored once.

import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { ImportProgress, ImportSummary, Mapping, RejectedRow } from "../../../shared/domain/dataset-files.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { insertRow, insertState } from "../../storage/collection-rows.ts";
import {
  discardImport,
  findRow,
  finishImport,
  keepAside,
  keepImportAlive,
  lastState,
  startImport,
} from "../../storage/collection-imports.ts";
import type { StateChange } from "../../storage/collection-versions.ts";
import { transaction, type WriteConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { repeatedHash, textHash } from "./content-hash.ts";
import { convertFile, convertFileAside } from "./convert-file.ts";
import { findDataFiles, type DataFile } from "./formats/data-files.ts";
import { rowConverter, type ConvertedRow, type RowResult } from "./schemas/convert-row.ts";

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

const LISTED_REJECTS = 100;
/** Smaller ones are done before a thread has started. */
const LARGE_FILE_BYTES = 4 * 1024 * 1024;

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
  try {
    for (const [index, file] of files.entries())
      await takeFile(taken, file, request, hooks, (fraction) => (index + fraction) / files.length);
    if (taken.records + taken.rejected + taken.context === 0) {
      throw new WorkbenchError("invalid-record", "there is no record in it", { where: request.path });
    }
    const summary = { ...taken.counts(), files: files.length };
    const title = `import ${summary.imported} rows of ${basename(request.path)}`;
    return { ...summary, version: finishImport(db, importId, { title, changes: taken.changes, summary }) };
  } catch (error) {
    discardImport(db, importId);
    throw error;
  }
}

async function takeFile(
  taken: TakenRows,
  file: DataFile,
  { schema, mapping, split }: ImportRequest,
  { signal, onProgress }: ImportHooks,
  fractionOf: (fraction: number) => number,
): Promise<void> {
  const convert = (await stat(file.path)).size > LARGE_FILE_BYTES ? convertFileAside : convertFile;
  for await (const { results, fraction } of convert({ file, schema, mapping, split })) {
    if (signal?.aborted === true) throw new WorkbenchError("cancelled", "the import was cancelled");
    const progress = { fraction: fractionOf(fraction), rows: taken.records + results.length, file: file.name };
    taken.take(results, progress);
    onProgress?.(progress);
  }
}

/** The rows of one import on their way in. */
class TakenRows {
  readonly changes: StateChange[] = [];
  records = 0;
  rejected = 0;
  context = 0;
  private known = 0;
  private notReady = 0;
  private readonly formats = new Map<string, number>();
  private readonly firstRejected: RejectedRow[] = [];
  /** How often a content that was there already has come. */
  private readonly seen = new Map<string, number>();
  private readonly db: WriteConnection;
  private readonly id: CollectionId;
  private readonly importId: number;

  constructor(db: WriteConnection, id: CollectionId, importId: number) {
    this.db = db;
    this.id = id;
    this.importId = importId;
  }

  take(results: readonly RowResult[], progress: ImportProgress): void {
    transaction(this.db, () => {
      keepImportAlive(this.db, this.importId, progress);
      for (const result of results) {
        if (result.type === "record") this.takeRecord(result);
        else this.takeAside(progress.file, result);
      }
    });
  }

  private takeRecord(row: ConvertedRow): void {
    this.records++;
    this.formats.set(row.columns.format, (this.formats.get(row.columns.format) ?? 0) + 1);
    if (row.columns.state !== "ready") this.notReady++;
    const hash = Buffer.from(row.hash, "hex");
    const rowId = insertRow(this.db, { collectionId: this.id, importId: this.importId, hash, originalJson: row.originalJson });
    if (rowId === undefined) this.takeAgain(row, hash);
    else this.add(rowId, row);
  }

  private add(rowId: number, row: ConvertedRow): void {
    this.changes.push({ rowId, before: null, after: insertState(this.db, rowId, row.content, row.columns) });
  }

  /** A content that is there: from before, or from further up in the same files, which then say it twice. */
  private takeAgain(row: ConvertedRow, hash: Buffer): void {
    const key = row.hash;
    const first = findRow(this.db, this.id, hash);
    // The row that is there stands for the first time it came, whichever import that was.
    const occurrence = this.seen.get(key) ?? (first?.importId === this.importId ? 1 : 0);
    this.seen.set(key, occurrence + 1);
    const same = occurrence === 0 ? first : findRow(this.db, this.id, repeatedHash(hash, occurrence));
    if (same === undefined) {
      const rowId = insertRow(this.db, {
        collectionId: this.id,
        importId: this.importId,
        hash: repeatedHash(hash, occurrence),
        originalJson: row.originalJson,
      });
      this.add(rowId!, row);
      return;
    }
    if (same.stateId !== null || same.importId === this.importId) {
      this.known++;
      return;
    }
    // It was removed: taken in again it comes back as it was.
    const after = lastState(this.db, this.id, same.rowId);
    if (after !== undefined) this.changes.push({ rowId: same.rowId, before: null, after });
  }

  private takeAside(source: string, { type, line, field, reason, text, split }: Exclude<RowResult, ConvertedRow>): void {
    if (type === "context") this.context++;
    else {
      this.rejected++;
      if (this.firstRejected.length < LISTED_REJECTS) this.firstRejected.push({ source, line, field, reason });
    }
    // Where there is no text to tell them apart, the place does.
    const hash = textHash(text === "" ? `${source}:${line}:${reason}` : text);
    keepAside(this.db, this.id, this.importId, { kind: type, hash, source, split, line, field, reason, text });
  }

  counts(): Omit<ImportSummary, "files" | "version"> {
    const { known, rejected, context, notReady, firstRejected } = this;
    return { imported: this.changes.length, known, rejected, context, notReady, formats: Object.fromEntries(this.formats), firstRejected };
  }
}
