// How a call's outcome crosses a process boundary: as data, because thrown errors lose their code and details on the way.

import { isWorkbenchError, WorkbenchError, type ErrorCode, type ErrorDetails } from "./errors.ts";

export interface Failure {
  readonly code: ErrorCode;
  /** Can be shown as it is. */
  readonly message: string;
  readonly details: ErrorDetails;
}

export type Result<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: Failure };

export function success<Value>(value: Value): Result<Value> {
  return { ok: true, value };
}

/** An expected failure keeps its code; anything else is a bug and becomes "internal-error" with the error's own text. */
export function failure(error: unknown): { readonly ok: false; readonly error: Failure } {
  return { ok: false, error: failureOf(error) };
}

export function failureOf(error: unknown): Failure {
  if (isWorkbenchError(error)) return { code: error.code, message: error.message, details: error.details };
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: "internal-error", message, details: {} };
}

/** The error that a failure was made of; its message already carries the details. */
export function errorFrom({ code, message, details }: Failure): WorkbenchError {
  return WorkbenchError.received(code, message, details);
}

/** The value, or the failure thrown. */
export function unwrap<Value>(result: Result<Value>): Value {
  if (result.ok) return result.value;
  throw errorFrom(result.error);
}
