// The format of an instruction record as a JSON Schema, docs/record.schema.json, for editors and programs that write datasets.
// Run this file to write it again; a test says when it is stale.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { compositionSchema, instructionRecordSchema, nodeSchema } from "../../shared/domain/instruction.ts";

export const SCHEMA_FILE = fileURLToPath(new URL("../../docs/record.schema.json", import.meta.url));

export function recordSchemaText(): string {
  // How deep a tree may be is checked before its schema is asked, which JSON Schema cannot say.
  const { $ref: node, $defs } = z.toJSONSchema(nodeSchema, { io: "input" });
  const schema = z.toJSONSchema(instructionRecordSchema, {
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === (compositionSchema as unknown)) Object.assign(jsonSchema, { $ref: node });
    },
  });
  const title = "A record of an instruction dataset (JSONL, one a line)";
  return `${JSON.stringify({ title, ...schema, $defs }, null, 2)}\n`;
}

if (process.argv[1] === import.meta.filename) writeFileSync(SCHEMA_FILE, recordSchemaText());
