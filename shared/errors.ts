// The closed list of expected failures. Bugs throw ordinary errors; anything a user can cause or mend is a
// WorkbenchError whose message says what, where, expected and got. Wording for the interface lives beside the codes.

export const ERROR_CODES = [
  "invalid-argument",
  "file-not-found",
  "invalid-json",
  "invalid-record",
  "invalid-config",
  "unknown-rule",
  "invalid-rule-arguments",
  "invalid-model",
  "missing-weights",
  "unsupported-architecture",
  "invalid-tokenizer",
  "prompt-too-long",
  "workspace-newer",
  "workspace-locked",
  "workspace-corrupt",
  "storage-full",
  "storage-failed",
  "not-found",
  "non-finite",
  "device-unavailable",
  "device-lost",
  "out-of-memory",
  "cancelled",
  "engine-failed",
  "read-only",
  "unsupported",
  "unauthorised",
  "network-failed",
  "budget-spent",
  "unknown-call",
  "internal-error",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface ErrorDetails {
  /** File, line, field or tensor the problem sits in. */
  readonly where?: string;
  readonly expected?: string;
  readonly got?: string;
  /** What the user can do about it, one sentence. */
  readonly hint?: string;
}

/** An expected failure; `message` already carries where, expected and got, so it can be shown as it is. */
export class WorkbenchError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, what: string, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    super(formatMessage(what, details), options);
    this.name = "WorkbenchError";
    this.code = code;
    this.details = details;
  }

  /** An error whose message was made elsewhere and already carries the details, as it comes from another process. */
  static received(code: ErrorCode, message: string, details: ErrorDetails): WorkbenchError {
    const error = new WorkbenchError(code, message);
    return Object.defineProperty(error, "details", { value: details, enumerable: true });
  }
}

function formatMessage(what: string, details: ErrorDetails): string {
  const parts = [what];
  if (details.where !== undefined) parts.push(`where: ${details.where}`);
  if (details.expected !== undefined) parts.push(`expected: ${details.expected}`);
  if (details.got !== undefined) parts.push(`got: ${details.got}`);
  if (details.hint !== undefined) parts.push(details.hint);
  return parts.join("; ");
}

export function isWorkbenchError(error: unknown, code?: ErrorCode): error is WorkbenchError {
  return error instanceof WorkbenchError && (code === undefined || error.code === code);
}
