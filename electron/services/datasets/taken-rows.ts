// The rows of one import on their way into the dataset: what is new, what was there, what is kept aside. What it remembers of millions of
// rows is a few numbers, and some bytes for each content that comes again.

import type { ImportProgress, ImportSummary, RejectedRow } from "../../../shared/domain/dataset-files.ts";
import { findRow, keepAside, keepImportAlive, lastState } from "../../storage/collection-imports.ts";
import { insertRow, insertState } from "../../storage/collection-rows.ts";
import type { AddedRows, StateChange } from "../../storage/collection-versions.ts";
import { transaction, type WriteConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { repeatedHash, textHash } from "./content-hash.ts";
import { HashCounts } from "./hash-counts.ts";
import type { ConvertedRow, RowResult } from "./schemas/convert-row.ts";

const LISTED_REJECTS = 100;

type Range = { -readonly [Key in keyof AddedRows]: AddedRows[Key] };

export class TakenRows {
  records = 0;
  rejected = 0;
  context = 0;
  private imported = 0;
  private known = 0;
  private notReady = 0;
  private readonly added: Range[] = [];
  /** Rows that had been removed. */
  private readonly changes: StateChange[] = [];
  private readonly formats = new Map<string, number>();
  private readonly firstRejected: RejectedRow[] = [];
  /** How often a content that was there already has come. */
  private readonly seen = new HashCounts();
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
    const stateId = insertState(this.db, rowId, row.content, row.columns);
    this.imported++;
    const last = this.added.at(-1);
    if (last !== undefined && rowId === last.firstRowId + last.rows && stateId === last.firstStateId + last.rows) last.rows++;
    else this.added.push({ firstRowId: rowId, firstStateId: stateId, rows: 1 });
  }

  /** A content that is there: from before, or from further up in the same files, which then say it twice. */
  private takeAgain(row: ConvertedRow, hash: Buffer): void {
    const first = findRow(this.db, this.id, hash);
    // The row that is there stands for the first time it came, whichever import that was.
    const occurrence = this.seen.countOf(hash) ?? (first?.importId === this.importId ? 1 : 0);
    this.seen.set(hash, occurrence + 1);
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
    if (after === undefined) return;
    this.imported++;
    this.changes.push({ rowId: same.rowId, before: null, after });
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
    const { imported, known, rejected, context, notReady, firstRejected } = this;
    return { imported, known, rejected, context, notReady, formats: Object.fromEntries(this.formats), firstRejected };
  }

  /** What becomes the dataset's next version. */
  outcome(): { readonly changes: readonly StateChange[]; readonly added: readonly AddedRows[] } {
    return { changes: this.changes, added: this.added };
  }
}
