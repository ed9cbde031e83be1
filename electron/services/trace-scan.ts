// Searches prompts, reasoning and answers of many rollouts with a regular expression, in a thread of its own with a limit of time,
// because an expression can take for ever and nothing can interrupt it but ending the thread.

import { extname, join } from "node:path";
import { Worker } from "node:worker_threads";
import type { SearchScope, TraceSearch } from "../../shared/domain/trace.ts";
import { WorkbenchError } from "../../shared/errors.ts";

export interface ScanRequest {
  readonly workspace: string;
  /** Rollouts to look at, in order. */
  readonly ids: readonly number[];
  readonly pattern: string;
  readonly flags: string;
  readonly scopes: TraceSearch["scopes"];
}

/** Where a rollout was hit first, reasoning before answer before prompt. */
export interface ScanHit {
  readonly rolloutId: number;
  readonly scope: SearchScope;
  /** UTF-16 units, half-open. */
  readonly start: number;
  readonly end: number;
}

/** What the thread says after each portion. */
export interface ScanProgress {
  readonly hits: readonly ScanHit[];
  readonly scanned: number;
  readonly done: boolean;
}

export interface ScanOutcome {
  readonly hits: readonly ScanHit[];
  readonly scanned: number;
  /** Why not everything was looked at; undefined where it was. */
  readonly stopped?: "time" | "cancelled";
}

const WORKER = join(import.meta.dirname, `trace-scan-worker${extname(import.meta.filename)}`);

/** Flags of a search: "u" where the expression allows it, as most people mean it, else without. Throws "invalid-argument". */
export function compileSearch({ query, matchCase }: Pick<TraceSearch, "query" | "matchCase">): RegExp {
  const flags = matchCase ? "" : "i";
  try {
    return new RegExp(query, `${flags}u`);
  } catch {
    // Sloppy expressions, such as an escaped hyphen, are valid without "u".
  }
  try {
    return new RegExp(query, flags);
  } catch (cause) {
    throw new WorkbenchError(
      "invalid-argument",
      "this is not a regular expression",
      { got: query, expected: "JavaScript syntax", hint: cause instanceof Error ? `${cause.message}.` : "Correct it, or search for text." },
      { cause },
    );
  }
}

/** What was found until the time was over, or until `signal` ended the search. Throws where the thread fails. */
export function scanTraces(request: ScanRequest, limitMs: number, signal?: AbortSignal): Promise<ScanOutcome> {
  const hits: ScanHit[] = [];
  let scanned = 0;
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORKER, { workerData: request });
    const finish = (stopped?: ScanOutcome["stopped"]): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
      void worker.terminate();
      resolve({ hits, scanned, ...(stopped === undefined ? {} : { stopped }) });
    };
    const cancel = (): void => finish("cancelled");
    const timer = setTimeout(() => finish("time"), limitMs);
    signal?.addEventListener("abort", cancel);
    worker.on("message", (progress: ScanProgress) => {
      hits.push(...progress.hits);
      ({ scanned } = progress);
      if (progress.done) finish();
    });
    worker.on("error", (error) => {
      clearTimeout(timer);
      reject(error instanceof Error ? error : new Error(String(error)));
    });
    if (signal?.aborted === true) cancel();
  });
}
