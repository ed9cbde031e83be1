import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { instructionRecordSchema } from "../../shared/domain/instruction.ts";
import { recordSchemaText, SCHEMA_FILE } from "./record-schema.ts";

test("docs/record.schema.json is what the schema in the code says; run this folder's record-schema.ts where it is not", () => {
  expect(readFileSync(SCHEMA_FILE, "utf8")).toBe(recordSchemaText());
});

test("records without any of the optional fields parse to themselves, so that their hashes stay", () => {
  for (const name of ["train", "heldout", "heldout-ood"]) {
    const lines = readFileSync(new URL(`../../resources/starter/${name}.jsonl`, import.meta.url), "utf8")
      .trim()
      .split("\n");
    for (const line of lines)
      expect(JSON.stringify(sorted(instructionRecordSchema.parse(JSON.parse(line))))).toBe(JSON.stringify(sorted(JSON.parse(line))));
  }
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}
