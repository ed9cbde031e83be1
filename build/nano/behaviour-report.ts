// Measures what the base model is like before RAIF: how often its reasoning works through the rules, greedily and sampled, what either
// kind of reasoning earns on the same requests, how success falls with the number of rules, and in how many groups all samples
// fare alike. Run: node build/nano/behaviour-report.ts [--model FOLDER] [--records N] [--samples N]

import { parseArgs } from "node:util";
import { evaluateRecords, type EvaluatedItem, type EvaluatedModel } from "../../electron/engine/benchmarks/evaluation.ts";
import { OnnxLanguageModel } from "../../electron/engine/decoding/onnx-language-model.ts";
import { loadBaseModel } from "../../electron/services/base-model.ts";
import { readDatasetFile } from "../../electron/services/dataset-file.ts";
import { modelFolder } from "../../electron/services/resource-paths.ts";
import { reasonsDeeply } from "./reasoning-style.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string", default: "nano" },
    records: { type: "string", default: "200" },
    samples: { type: "string", default: "8" },
  },
});
const base = await loadBaseModel(modelFolder(values.model));
const languageModel = new OnnxLanguageModel(base.config, base.parameters);
const model: EvaluatedModel = { ...base, languageModel };
const { records: all } = await readDatasetFile("heldout");
const records = all.slice(0, Number(values.records));
const checksOf = new Map(records.map((record) => [record.id, Number(record.tags["checks"])]));

const percent = (part: number, whole: number): string => (whole === 0 ? "     -" : `${((100 * part) / whole).toFixed(1).padStart(5)} %`);

function shareOfChecks(items: readonly EvaluatedItem[]): string {
  const sum = (of: (item: EvaluatedItem) => number): number => items.reduce((total, item) => total + of(item), 0);
  return percent(
    sum(({ judgement }) => judgement.passed),
    sum(({ judgement }) => judgement.checks),
  );
}

function describe(name: string, items: readonly EvaluatedItem[]): void {
  const deep = items.filter(({ judgement }) => reasonsDeeply(judgement.think ?? ""));
  const shallow = items.filter(({ judgement }) => !reasonsDeeply(judgement.think ?? ""));
  console.log(
    `${name}: checks ${shareOfChecks(items)}, requests ${percent(items.filter(({ judgement }) => judgement.correct).length, items.length)}; ` +
      `deep reasoning ${percent(deep.length, items.length)} (checks ${shareOfChecks(deep)}), other (checks ${shareOfChecks(shallow)})`,
  );
}

const ask = async (temperature: number, seed: number): Promise<readonly EvaluatedItem[]> =>
  (await evaluateRecords(model, records, { method: "cot", temperature, maxNewTokens: 256, seed })).items;

const greedy = await ask(0, 0);
describe("greedy", greedy);
for (const checks of [1, 2, 3, 4]) {
  const items = greedy.filter(({ recordId }) => (checks === 4 ? (checksOf.get(recordId) ?? 0) >= 4 : checksOf.get(recordId) === checks));
  const passed = items.filter(({ judgement }) => judgement.correct).length;
  console.log(`  ${checks}${checks === 4 ? " or more" : ""} checks: ${percent(passed, items.length)} of ${items.length} requests`);
}
const sampled: (readonly EvaluatedItem[])[] = [];
for (let sample = 1; sample <= Number(values.samples); sample++) sampled.push(await ask(1, sample));
describe("temperature 1", sampled.flat());
const alike = records.filter((_, record) => new Set(sampled.map((items) => items[record]?.judgement.passed)).size === 1).length;
console.log(`groups of ${values.samples} whose samples all pass the same number of checks: ${percent(alike, records.length)}`);
await languageModel.dispose();
