// What a command prints: text for people, or with --json one JSON object a line and nothing else on standard output.
// Progress goes to standard error only: a bar on a terminal, else a line now and then.

import { SingleBar } from "cli-progress";
import type { Shell } from "./shell.ts";

export interface Progress {
  /** `done` of the total; `note` is a short text behind the bar, e.g. "reward 0.41". */
  readonly update: (done: number, note?: string) => void;
  readonly stop: () => void;
}

export interface Terminal {
  readonly json: boolean;
  readonly signal: AbortSignal;
  /** A line for a person; nothing with --json. */
  readonly print: (line?: string) => void;
  /** One JSON object; nothing without --json. Non-finite numbers become null. */
  readonly emit: (object: Readonly<Record<string, unknown>>) => void;
  /** A line on standard error in either mode: warnings, where things lie. */
  readonly note: (line: string) => void;
  readonly progress: (label: string, total: number) => Progress;
}

const PLAIN_PROGRESS_INTERVAL_MS = 10_000;

export function openTerminal(shell: Shell, json: boolean): Terminal {
  return {
    json,
    signal: shell.signal,
    print: (line = "") => {
      if (!json) shell.stdout.write(`${line}\n`);
    },
    emit: (object) => {
      if (json) shell.stdout.write(`${JSON.stringify(object)}\n`);
    },
    note: (line) => shell.stderr.write(`${line}\n`),
    progress: (label, total) => (shell.stderr.isTTY === true ? bar(label, total) : plainProgress(shell, label, total)),
  };
}

function bar(label: string, total: number): Progress {
  const view = new SingleBar({
    format: `${label} {bar} {value}/{total} {eta_formatted} {note}`,
    barCompleteChar: "#",
    barIncompleteChar: "-",
    barsize: 24,
    hideCursor: true,
    stream: process.stderr,
  });
  view.start(total, 0, { note: "" });
  return {
    update: (done, note) => view.update(done, { note: note ?? "" }),
    stop: () => view.stop(),
  };
}

function plainProgress(shell: Shell, label: string, total: number): Progress {
  const startMs = performance.now();
  let printedAtMs = startMs;
  let firstDone: number | undefined;
  return {
    update: (done, note) => {
      const nowMs = performance.now();
      firstDone ??= done < total ? done : 0;
      if (done < total && nowMs - printedAtMs < PLAIN_PROGRESS_INTERVAL_MS) return;
      printedAtMs = nowMs;
      const leftSeconds = ((nowMs - startMs) / 1000 / (done - firstDone)) * (total - done);
      const left = done < total && Number.isFinite(leftSeconds) ? ` ${leftSeconds.toFixed(0)} s left` : "";
      shell.stderr.write(`${label} ${done}/${total}${left}${note === undefined ? "" : ` ${note}`}\n`);
    },
    stop: () => undefined,
  };
}

/** Columns padded to their widest cell; the first is left-aligned, numbers to the right. */
export function formatTable(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [header, ...rows.map((row) => row.map(String))];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? "").length)));
  const rightAligned = header.map(
    (_, column) => rows.length > 0 && rows.every((row) => /^[-+]?[\d.]+%?$|^$|^-$/.test(String(row[column] ?? ""))),
  );
  return cells
    .map((row) =>
      row
        .map((cell, column) => (rightAligned[column] === true ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
