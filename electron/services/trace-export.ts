// What the table shows, as JSONL, CSV or one HTML page: in pieces for the interface, or into a file. Every text is a model's and is
// written as text: HTML is escaped and may load and run nothing, and no CSV cell starts a formula.

import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { ExportFormat } from "../../shared/contract/traces.ts";
import type { TraceRow } from "../../shared/domain/trace.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import type { ReadConnection } from "../storage/connection.ts";
import { traceTextsOf } from "../storage/trace-queries.ts";
import { listVerdicts } from "../storage/verdicts.ts";
import { traceList, type TraceView } from "./trace-lists.ts";
import { shownRows, type Page } from "./traces.ts";

const FILE_PIECE_ROWS = 200;

type Cell = string | number | boolean | null;
type ExportedRow = Readonly<Record<string, Cell>>;

/** One piece; the first has the head, the last the foot. */
export async function exportChunk(
  db: ReadConnection,
  view: TraceView,
  format: ExportFormat,
  { offset, limit }: Page,
): Promise<{ readonly text: string; readonly nextOffset: number | null; readonly total: number }> {
  const { ids } = await traceList(db, view);
  return { ...pieceOf(db, ids, format, { offset, limit }), total: ids.length };
}

function pieceOf(
  db: ReadConnection,
  ids: readonly number[],
  format: ExportFormat,
  { offset, limit }: Page,
): { readonly text: string; readonly nextOffset: number | null } {
  const next = offset + limit;
  const isLast = next >= ids.length;
  const head = offset === 0 ? HEADS[format] : "";
  const body = rowsText(db, ids.slice(offset, next), format);
  return { text: head + body + (isLast ? FEET[format] : ""), nextOffset: isLast ? null : next };
}

/** Replaces an existing file only when the new one is whole. Throws "invalid-argument" where the folder is missing, and "storage-failed". */
export async function exportToFile(
  db: ReadConnection,
  view: TraceView,
  format: ExportFormat,
  path: string,
): Promise<{ readonly path: string; readonly rows: number; readonly bytes: number }> {
  const partial = join(dirname(path), `.${basename(path)}.${randomUUID()}.partial`);
  // Asked once, so that a run that goes on meanwhile moves nothing.
  const { ids } = await traceList(db, view);
  let bytes = 0;
  try {
    const file = await open(partial, "wx");
    try {
      for (let offset: number | null = 0; offset !== null;) {
        const piece: ReturnType<typeof pieceOf> = pieceOf(db, ids, format, { offset, limit: FILE_PIECE_ROWS });
        const data = Buffer.from(piece.text);
        await file.writeFile(data);
        bytes += data.length;
        offset = piece.nextOffset;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    throw exportError(error, path);
  } finally {
    await rm(partial, { force: true });
  }
  return { path, rows: ids.length, bytes };
}

function exportError(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof WorkbenchError || code === undefined) return error;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new WorkbenchError("invalid-argument", "there is no such folder", { where: dirname(path) }, { cause: error });
  }
  if (code === "ENOSPC")
    return new WorkbenchError("storage-full", "the disk is full", { where: path, hint: "Free some space." }, { cause: error });
  return new WorkbenchError("storage-failed", "the file cannot be written", { where: path, got: code }, { cause: error });
}

function rowsText(db: ReadConnection, ids: readonly number[], format: ExportFormat): string {
  const texts = new Map(traceTextsOf(db, ids).map((text) => [text.rolloutId, text]));
  return shownRows(db, ids)
    .map((row) => {
      const { prompt = null, think = null, answer = null, comment = null } = texts.get(row.rolloutId) ?? {};
      const exported = exportedRow(row, { prompt, reasoning: think, answer, comment });
      if (format === "csv") return `${COLUMNS.map((name) => csvCell(exported[name] ?? null)).join(",")}\r\n`;
      if (format === "html") return `<tr>${COLUMNS.map((name) => `<td>${escapeHtml(String(exported[name] ?? ""))}</td>`).join("")}</tr>\n`;
      return `${JSON.stringify({ ...exported, verdicts: listVerdicts(db, "rollout", row.rolloutId) })}\n`;
    })
    .join("");
}

const COLUMNS = [
  "step",
  "group",
  "sample",
  "record",
  "composition",
  "mode",
  "reward",
  "format_reward",
  "accuracy_reward",
  "checks_passed",
  "checks_active",
  "check_states",
  "advantage",
  "length",
  "finish",
  "gate",
  "kept",
  "drop_reason",
  "trained",
  "overlap",
  "constraints_named",
  "constraints",
  "checked",
  "revised",
  "depth",
  "vote",
  "comment",
  "prompt",
  "reasoning",
  "answer",
] as const;

function exportedRow(
  row: TraceRow,
  texts: {
    readonly prompt: string | null;
    readonly reasoning: string | null;
    readonly answer: string | null;
    readonly comment: string | null;
  },
): ExportedRow {
  return {
    step: row.step,
    group: row.groupIndex,
    sample: row.sampleIndex,
    record: row.recordId,
    composition: row.composition,
    mode: row.mode,
    reward: row.reward,
    format_reward: row.formatReward,
    accuracy_reward: row.accuracyReward,
    checks_passed: row.checksPassed,
    checks_active: row.checksActive,
    check_states: row.checkStates,
    advantage: row.advantage,
    length: row.length,
    finish: row.finish,
    gate: row.gate,
    kept: row.kept,
    drop_reason: row.dropReason,
    trained: row.trained,
    overlap: row.depth?.overlap ?? null,
    constraints_named: row.depth?.named ?? null,
    constraints: row.depth?.constraints ?? null,
    checked: row.depth?.checked ?? null,
    revised: row.depth?.revised ?? null,
    depth: row.depth?.depth ?? null,
    vote: row.vote,
    ...texts,
  } satisfies Record<(typeof COLUMNS)[number], Cell>;
}

/** RFC 4180. A text that a spreadsheet would take for a formula is led by an apostrophe. */
function csvCell(cell: Cell): string {
  if (typeof cell !== "string") return cell === null ? "" : String(cell);
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const HTML_HEAD = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Traces</title>
<style>
:root { color-scheme: light dark; font: 13px/1.45 sans-serif }
table { border-collapse: collapse }
th, td { border: 1px solid; padding: 4px 8px; text-align: left; vertical-align: top; white-space: pre-wrap }
th { position: sticky; top: 0; background: Canvas }
td:nth-last-child(-n + 3) { min-width: 24em }
</style>
<table>
<thead><tr>${COLUMNS.map((name) => `<th>${name.replaceAll("_", " ")}</th>`).join("")}</tr></thead>
<tbody>
`;

const HEADS: Readonly<Record<ExportFormat, string>> = { jsonl: "", csv: `${COLUMNS.join(",")}\r\n`, html: HTML_HEAD };
const FEET: Readonly<Record<ExportFormat, string>> = { jsonl: "", csv: "", html: "</tbody>\n</table>\n</html>\n" };
