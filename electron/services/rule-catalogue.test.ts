import { expect, test } from "vitest";
import { jsonLines, raif } from "../cli/testing/recording-shell.ts";
import { parseKwargs, ruleIds } from "../engine/constraints/catalogue.ts";
import { listRules } from "./rule-catalogue.ts";

test("every rule has an example that its own schema takes, a schema and symmetric conflicts", () => {
  const rules = listRules();
  expect(rules.map(({ id }) => id).sort()).toEqual(ruleIds());
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  for (const rule of rules) {
    expect(() => parseKwargs({ type: "rule", id: rule.id, kwargs: rule.exampleKwargs }, rule.id)).not.toThrow();
    expect(rule.example).not.toBe("");
    expect(rule.kwargsSchema["type"], rule.id).toBe("object");
    for (const other of rule.conflicts) expect(byId.get(other)?.conflicts, `${rule.id} and ${other}`).toContain(rule.id);
  }
  expect(byId.get("length_constraints:number_words")?.kwargsSchema).toMatchObject({
    properties: { num_words: { type: "integer", minimum: 0 }, relation: { enum: ["less than", "at least"] } },
    required: ["num_words", "relation"],
    additionalProperties: false,
  });
});

test("raif rules lists them for people and programs", async () => {
  const plain = await raif("rules");
  expect(plain.code).toBe(0);
  for (const id of ruleIds()) expect(plain.out).toContain(id);
  const lines = jsonLines((await raif("rules", "--family", "own", "--json")).out);
  expect(lines.map(({ id }) => id).sort()).toEqual(ruleIds("own"));
});
