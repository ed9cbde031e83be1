// Rows to check from a file or folder of any known layout, or of a shipped set: benchmarks as they are published can be looked at too.

import { setImmediate as yieldToEvents } from "node:timers/promises";
import type { DraftRecord, RowState } from "../../../shared/domain/dataset.ts";
import type { Expert, InstructionRecord } from "../../../shared/domain/instruction.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { NO_LABEL } from "../../engine/data-quality/quality-row.ts";
import { datasetPath } from "../dataset-file.ts";
import { convertFile } from "../datasets/convert-file.ts";
import { findDataFiles } from "../datasets/formats/data-files.ts";

export interface ReadRow {
  /** As it stands in the file, perhaps without a label. */
  readonly record: DraftRecord;
  /** What checks look at. */
  readonly checked: InstructionRecord;
  readonly split: string | null;
}

export interface ReadRows {
  readonly rows: readonly ReadRow[];
  /** Rows that are none, with where and why; they are not looked at. */
  readonly unreadable: readonly { readonly where: string; readonly reason: string }[];
}

/** Throws "cancelled", "file-not-found", "invalid-record" where there is no row at all, and what opening files throws. */
export async function readRows(name: string, signal?: AbortSignal): Promise<ReadRows> {
  const path = datasetPath(name);
  const rows: ReadRow[] = [];
  const unreadable: { where: string; reason: string }[] = [];
  for (const file of await findDataFiles(path)) {
    for await (const { results } of convertFile({ file })) {
      // A file that is there already is read without a turn for anything else.
      await yieldToEvents();
      if (signal?.aborted === true) throw cancelledCheck();
      for (const result of results) {
        if (result.type === "bad") {
          const field = result.field === "" ? "" : `, ${result.field}`;
          unreadable.push({ where: `${file.name}:${result.line}${field}`, reason: result.reason });
        }
        if (result.type !== "record") continue;
        const record = JSON.parse(result.content.recordJson) as DraftRecord;
        rows.push({ record, checked: checkedRecord(record, result.columns.state), split: result.columns.split || null });
      }
    }
  }
  if (rows.length > 0) return { rows, unreadable };
  throw new WorkbenchError("invalid-record", "there is no row that can be read", { where: path, got: unreadable[0]?.reason ?? "nothing" });
}

export function cancelledCheck(): WorkbenchError {
  return new WorkbenchError("cancelled", "the check was cancelled");
}

/** A row whose label cannot be used is looked at by its words alone. */
export function checkedRecord(record: DraftRecord, state: RowState): InstructionRecord {
  if (state === "ready") return record as DraftRecord & Pick<InstructionRecord, "label">;
  const { expert: _, label: __, ...words } = record as DraftRecord & { readonly expert?: Expert };
  return { ...words, label: NO_LABEL };
}
