// The format of an instruction record as a JSON Schema, docs/record.schema.json, for editors and programs that write datasets.
// Run this file to write it again; a test says when it is stale.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { instructionRecordSchema } from "../../shared/domain/instruction.ts";

export const SCHEMA_FILE = fileURLToPath(new URL("../../docs/record.schema.json", import.meta.url));

export function recordSchemaText(): string {
  const schema = z.toJSONSchema(instructionRecordSchema, { io: "input" });
  const title = "A record of an instruction dataset (JSONL, one a line)";
  return `${JSON.stringify({ title, ...schema }, null, 2)}\n`;
}

if (process.argv[1] === import.meta.filename) writeFileSync(SCHEMA_FILE, recordSchemaText());
