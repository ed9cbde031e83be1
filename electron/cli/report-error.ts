// How a command's failure looks: expected ones as one line, bugs with their stack; as a JSON object too with --json.

import { isWorkbenchError } from "../../shared/errors.ts";
import type { Shell } from "./shell.ts";

const CANCELLED_EXIT_CODE = 130;

/** Prints the error and gives the exit code, never 0. */
export function reportError(error: unknown, shell: Shell, json: boolean): number {
  if (isWorkbenchError(error)) {
    if (json) writeJson(shell, { code: error.code, message: error.message, ...error.details });
    shell.stderr.write(`error ${error.code}: ${error.message}\n`);
    return error.code === "cancelled" ? CANCELLED_EXIT_CODE : 1;
  }
  const bug = error instanceof Error ? error : new Error(String(error));
  if (json) writeJson(shell, { code: "internal", message: bug.message });
  shell.stderr.write(`internal error (please report it): ${bug.stack ?? bug.message}\n`);
  for (let cause = bug.cause; cause instanceof Error; cause = cause.cause)
    shell.stderr.write(`caused by: ${cause.stack ?? cause.message}\n`);
  return 1;
}

/** A command line that commander refused; it has printed its own message. */
export function reportUsageError(message: string, shell: Shell, json: boolean): number {
  if (json) writeJson(shell, { code: "invalid-argument", message: message.replace(/^error: /, "") });
  return 2;
}

function writeJson(shell: Shell, error: Readonly<Record<string, unknown>>): void {
  shell.stdout.write(`${JSON.stringify({ error })}\n`);
}
