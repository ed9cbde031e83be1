import { expect, test } from "vitest";
import { DEFAULT_CONFIG, describeSettings } from "./config.ts";
import { applyOverrides, parseAssignment } from "./overrides.ts";
import { RECIPES, resolveConfig } from "./recipes.ts";

test("the defaults are the paper's values wherever it gives one", () => {
  const described = describeSettings();
  expect(described.length).toBeGreaterThan(45);
  for (const setting of described) {
    expect(setting.description, setting.key).not.toBe("");
    if (setting.paper !== undefined) expect(setting.default, setting.key).toEqual(setting.paper);
  }
  expect(resolveConfig({})).toEqual(DEFAULT_CONFIG);
  expect(described.find((setting) => setting.key === "lossAggregation")?.choices).toEqual(["grpo", "dr_grpo", "dapo", "bnpo"]);
});

test("the released-code recipe differs from the paper exactly where the released code does", () => {
  const differing = (name: string) => {
    const config = resolveConfig({ recipe: name });
    return describeSettings()
      .map((setting) => setting.key)
      .filter((key) => valueAt(config, key) !== valueAt(DEFAULT_CONFIG, key))
      .sort();
  };
  const deviations = ["thinkSamples", "keepWhenAllEqual", "gateThinkForEmpty", "advantageGroup", "dropped"].map(
    (key) => `superiorCot.${key}`,
  );
  expect(differing("released-code")).toEqual([...deviations, "cloning.tokens", "maxPromptTokens", "overlong"].sort());
  expect(differing("no-maths")).toEqual(["maths"]);
  expect(differing("no-cloning")).toEqual(["cloning.enabled"]);
  expect(differing("no-superior-cot")).toEqual(["superiorCot.enabled"]);
  expect(differing("grpo")).toEqual(["cloning.enabled", "method", "superiorCot.enabled"]);
  for (const name of Object.keys(RECIPES)) expect(() => resolveConfig({ recipe: name })).not.toThrow();
});

test("precedence is recipe, method, --set; a recipe file may be nested", () => {
  const set = ["cloning.coefficient=0.5", "beta=0", "lossAggregation=dapo"].map(parseAssignment);
  const config = resolveConfig({
    recipe: { file: "mine.json", content: { beta: 0.1, cloning: { pairing: "same-prompt" } } },
    method: "grpo",
    set,
  });
  expect(config).toMatchObject({
    method: "grpo",
    beta: 0,
    lossAggregation: "dapo",
    cloning: { enabled: false, coefficient: 0.5, pairing: "same-prompt" },
  });
});

test.each([
  ["emptySamples=3", ['"emptySamples"', '"superiorCot.emptySamples"']],
  ["learningrate=1", ['"learningRate"']],
  ["promptsPerStep=many", ['"promptsPerStep"', "expected: a whole number from 1", 'got: "many"']],
  ["promptsPerStep=2.5", ['"promptsPerStep"', "got: 2.5"]],
  ["overlong=cut", ['"overlong"', "one of mask, penalise, keep", 'got: "cut"']],
  ["superiorCot.enabled=1", ['"superiorCot.enabled"', "true or false", "got: 1"]],
  ["temperature=0", ['"temperature"', "a number above 0"]],
])("%s is refused with key, expectation and value", (text, fragments) => {
  expect(() => applyOverrides(DEFAULT_CONFIG, [parseAssignment(text)])).toThrow(
    expect.objectContaining({
      code: "invalid-config",
      message: expect.stringMatching(new RegExp(fragments.map(escape).join(".*"))) as string,
    }),
  );
});

test("malformed assignments, recipes and groups are refused", () => {
  expect(() => parseAssignment("beta")).toThrow(expect.objectContaining({ code: "invalid-argument" }));
  expect(() => resolveConfig({ recipe: "papre" })).toThrow(expect.objectContaining({ code: "invalid-argument" }));
  expect(() => resolveConfig({ recipe: { file: "mine.json", content: { cloning: 3 } } })).toThrow(
    expect.objectContaining({ code: "invalid-config" }),
  );
});

function valueAt(config: unknown, key: string): unknown {
  return key.split(".").reduce((node, part) => (node as Record<string, unknown>)[part], config);
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
