// Reads one record of a suite by its schema.

import type { z } from "zod";
import { WorkbenchError } from "../../../shared/errors.ts";

/** Throws WorkbenchError("invalid-record") naming the first field that does not fit. */
export function parseSuiteRecord<T>(schema: z.ZodType<T>, record: unknown): T {
  const parsed = schema.safeParse(record);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new WorkbenchError("invalid-record", "the record does not fit the suite", {
    where: issue?.path.join(".") || "the record",
    expected: issue?.message ?? "a valid record",
  });
}
