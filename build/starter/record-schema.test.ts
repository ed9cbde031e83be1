import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { instructionRecordSchema } from "../../shared/domain/instruction.ts";
import { recordSchemaText, SCHEMA_FILE } from "./record-schema.ts";

test("docs/record.schema.json is what the schema in the code says; run this folder's record-schema.ts where it is not", () => {
  expect(readFileSync(SCHEMA_FILE, "utf8")).toBe(recordSchemaText());
});

test("another validator reads it the same way", () => {
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(recordSchemaText()) as object);
  const lines = readFileSync(new URL("../../resources/starter/heldout-ood.jsonl", import.meta.url), "utf8")
    .trim()
    .split("\n");
  for (const line of lines) expect(validate(JSON.parse(line)), line).toBe(true);
  const record = (tree: unknown, label: object = {}): unknown => ({
    id: "a",
    messages: [{ role: "user", content: "x" }],
    label: { type: "tree", tree, ...label },
  });
  const leaf = { type: "rule", id: "a:b", key: "a", weight: 2 };
  const selection = { type: "selection", branches: [{ when: { type: "value", value: true }, then: { type: "math", answer: "1" } }] };
  const question = { type: "question", text: "Is it?", answer: "no", dependsOn: ["a"] };
  const custom = { type: "custom", name: "short", source: "function check() { return true; }" };
  const given: readonly (readonly [unknown, boolean])[] = [
    [record({ type: "and", children: [leaf, selection, { type: "chain", steps: [question, custom] }] }, { reward: "weighted" }), true],
    [record(leaf, { reward: "gold" }), false],
    [record({ type: "and", children: [] }), false],
    [record({ ...leaf, weight: 0 }), false],
    [record({ ...leaf, colour: "red" }), false],
    [record({ ...question, answer: "perhaps" }), false],
    [record({ ...selection, branches: [{ then: leaf }] }), false],
    [record({ ...leaf, key: "a b" }), false],
  ];
  for (const [value, valid] of given) {
    expect([validate(value), instructionRecordSchema.safeParse(value).success], JSON.stringify(value)).toEqual([valid, valid]);
  }
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
