// Verifies a file of records (JSONL), one after the other: neither file is ever held in memory as a whole. A record that cannot be
// verified becomes an error in its line and the run goes on.

import { createReadStream, createWriteStream, existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { CheckMode } from "../../../shared/domain/instruction.ts";
import { isWorkbenchError, WorkbenchError } from "../../../shared/errors.ts";
import { SUITES, type SuiteFunction, type SuiteName } from "./suites.ts";

export interface VerifyRequest {
  readonly suite: SuiteName;
  readonly mode: CheckMode;
  readonly input: string;
  /** Replaced if it exists. */
  readonly output: string;
}

export interface VerifySummary {
  readonly records: number;
  readonly errors: number;
}

export interface VerifyHooks {
  readonly signal?: AbortSignal;
  readonly onRecord?: (done: number) => void;
}

/**
 * Writes one object a record, in order: {id, ...result} or {id, line, error: {code, message}}; blank lines are skipped. Throws
 * "file-not-found", "invalid-argument" for an output that cannot be, "cancelled".
 */
export async function verifyFile(request: VerifyRequest, hooks: VerifyHooks = {}): Promise<VerifySummary> {
  refuseImpossible(request);
  const counts = { records: 0, errors: 0 };
  async function* outputLines(): AsyncGenerator<string> {
    const input = createReadStream(request.input, "utf8");
    try {
      let line = 0;
      for await (const text of linesOf(input)) {
        line += 1;
        if (text.trim() === "") continue;
        const written = await verifyLine(SUITES[request.suite], text, line, request.mode);
        counts.records += 1;
        if ("error" in written) counts.errors += 1;
        hooks.onRecord?.(counts.records);
        yield `${JSON.stringify(written)}\n`;
      }
    } finally {
      input.destroy();
    }
  }
  try {
    const options = hooks.signal === undefined ? {} : { signal: hooks.signal };
    await pipeline(Readable.from(outputLines()), createWriteStream(request.output), options);
  } catch (cause) {
    if (hooks.signal?.aborted === true) throw new WorkbenchError("cancelled", "verifying was cancelled", {}, { cause });
    throw cause;
  }
  return counts;
}

/** Lines end at line feeds alone: other marks of Unicode that end lines (which node:readline takes for such) may stand in JSON texts. */
async function* linesOf(input: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  let isFirst = true;
  for await (const piece of input) {
    rest += isFirst ? piece.replace(/^\ufeff/, "") : piece;
    isFirst = false;
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

async function verifyLine(verify: SuiteFunction, text: string, line: number, mode: CheckMode): Promise<Record<string, unknown>> {
  let id: unknown = null;
  try {
    const record = parseLine(text);
    const named = record as { readonly id?: unknown; readonly key?: unknown } | null;
    id = named?.id ?? named?.key ?? null;
    const result = verify(record, mode);
    return { id, ...(result instanceof Promise ? await result : result) };
  } catch (error) {
    const code = isWorkbenchError(error) ? error.code : "internal-error";
    return { id, line, error: { code, message: error instanceof Error ? error.message : String(error) } };
  }
}

function parseLine(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new WorkbenchError("invalid-json", "the line is not JSON", { expected: "one JSON object", got: text.slice(0, 80) }, { cause });
  }
}

function refuseImpossible({ input, output }: VerifyRequest): void {
  if (!existsSync(input) || statSync(input).isDirectory()) {
    throw new WorkbenchError("file-not-found", "cannot read the records", { where: input });
  }
  const folder = dirname(resolve(output));
  if (!existsSync(folder)) throw new WorkbenchError("file-not-found", "there is no folder for the output", { where: folder });
  if (resolve(input) === resolve(output) || (existsSync(output) && statSync(output).isDirectory())) {
    throw new WorkbenchError("invalid-argument", "cannot write the output there", {
      where: output,
      expected: "another file than the input",
    });
  }
}
