import { describe, expect, test } from "vitest";
import type { CompositionNode, InstructionRecord, RuleNode } from "../../../shared/domain/instruction.ts";
import type { DecodeBatch, LanguageModel } from "../decoding/language-model.ts";
import { FIXTURE_CONFIG, FIXTURE_TEMPLATE, fixtureDefinition } from "../tokenizer/testing/byte-level-fixture.ts";
import { ChatTemplate } from "../tokenizer/chat-template.ts";
import { Tokenizer } from "../tokenizer/tokenizer.ts";
import { evaluateRecords, type EvaluatedModel } from "./evaluation.ts";
import { compare, compositionOf, summarise } from "./evaluation-summary.ts";
import { judgeTurns, type EvaluationMethod } from "./methods.ts";

const tokenizer = Tokenizer.fromJson(fixtureDefinition(), FIXTURE_CONFIG);
const template = new ChatTemplate(FIXTURE_TEMPLATE, tokenizer.specialTokens);
const END = tokenizer.eosTokenId as number;
const SETTINGS = { seed: 1, temperature: 0, maxNewTokens: 80 };

/** Says a fixed text to each prompt, token by token. */
class ScriptedModel implements LanguageModel {
  readonly vocabularySize = tokenizer.vocabSize;
  readonly contextLength: number;
  private readonly say: (prompt: string) => string;

  constructor(say: (prompt: string) => string, contextLength = 2000) {
    this.say = say;
    this.contextLength = contextLength;
  }

  prefill(groups: Parameters<LanguageModel["prefill"]>[0]): Promise<DecodeBatch> {
    const scripts = groups.map(({ promptIds }) => [...tokenizer.encode(this.say(tokenizer.decode(promptIds))), END]);
    let rows = scripts.map((script) => ({ script, at: 0 }));
    const logits = (): Float32Array => {
      const values = new Float32Array(rows.length * this.vocabularySize);
      rows.forEach(({ script, at }, row) => (values[row * this.vocabularySize + (script[at] as number)] = 30));
      return values;
    };
    return Promise.resolve({
      type: "scores",
      promptLogits: logits(),
      step: () => {
        for (const row of rows) row.at++;
        return Promise.resolve({ type: "logits", data: logits() });
      },
      keepRows: (indices) => (rows = indices.map((index) => rows[index] as (typeof rows)[number])),
      dispose: () => undefined,
    });
  }
}

function scripted(say: (prompt: string) => string, contextLength?: number): EvaluatedModel {
  return { languageModel: new ScriptedModel(say, contextLength), tokenizer, template, stopTokenIds: [END] };
}

const has = (...keywords: string[]): RuleNode => ({ type: "rule", id: "keywords:existence", kwargs: { keywords } });
const noComma: RuleNode = { type: "rule", id: "punctuation:no_comma", kwargs: {} };

function record(id: string, tree: CompositionNode, extra: Partial<InstructionRecord> = {}): InstructionRecord {
  return { id, messages: [{ role: "user", content: `Say ${id}.` }], label: { type: "tree", tree }, tags: {}, ...extra };
}

const single = record("cat", has("cat"));
const both = record("dog", { type: "and", children: [has("dog"), has("sun"), noComma] });
const choice = record(
  "sea",
  { type: "selection", branches: [{ when: has("blue"), then: has("sea") }], otherwise: has("sky") },
  { input: "red" },
);
const deep = record("map", { type: "and", children: [has("map"), { type: "chain", steps: [has("cup"), has("key")] }] });
const sum: InstructionRecord = { id: "sum", messages: [{ role: "user", content: "2+2" }], label: { type: "math", answer: "4" }, tags: {} };
const records = [single, both, choice, deep, sum];

describe("judgeTurns", () => {
  test.each<[EvaluationMethod, string, boolean, boolean, string]>([
    ["io", " a cat ", true, true, "a cat"],
    ["cot", "<think>\nhm\n</think>\n<answer>\ncat\n</answer>", true, true, "cat"],
    ["cot", "<think>\ncat\n</think>\n<answer>\ndog\n</answer>", true, false, "dog"],
    // never closed reasoning says nothing; a missing answer tag leaves a readable answer
    ["cot", "<think>\nthe cat and the cat", false, false, ""],
    ["cot", "<think>\nhm\n</think>\na cat", false, true, "a cat"],
    ["no-think", "<think>\n\n</think>\n<answer>\ncat\n</answer>", true, true, "cat"],
  ])("%s: %j", async (method, turn, formatOk, correct, answer) => {
    expect(await judgeTurns(method, [{ record: single, turn }])).toMatchObject([{ formatOk, correct, answer }]);
  });

  test("an unreadable answer fails every check, also those that ask for absence", async () => {
    const turns = [{ record: record("x", noComma), turn: "<think>\n" }];
    expect(await judgeTurns("cot", turns)).toMatchObject([{ passed: 0, checks: 1, correct: false }]);
  });
});

test("kinds of composition", () => {
  expect(records.map(compositionOf)).toEqual(["single", "and", "selection", "nested", "maths"]);
});

describe("evaluateRecords", () => {
  test("asks as the method says, judges every response, and sums up to hand-computed numbers", async () => {
    const says: Record<string, string> = { cat: "cat", dog: "dog, no more", sea: "sky", map: "map key" };
    const seen: string[] = [];
    const model = scripted((prompt) => {
      seen.push(prompt);
      const id = /Say (\w+)\./.exec(prompt)?.[1];
      return `hm\n</think>\n<answer>\n${id === undefined ? "\\boxed{5}" : says[id]}\n</answer>`;
    });
    const progress: number[] = [];
    const { items, leftOut } = await evaluateRecords(
      model,
      records,
      { ...SETTINGS, method: "cot" },
      { onItems: (_, done) => progress.push(done) },
    );
    expect(leftOut).toEqual([]);
    expect(progress).toEqual([5]);
    expect(seen.every((prompt) => prompt.endsWith("<think>\n"))).toBe(true);
    expect(items.map((item) => item.recordId)).toEqual(["cat", "dog", "sea", "map", "sum"]);
    expect(items[0]).toMatchObject({ position: 0, text: "<think>\nhm\n</think>\n<answer>\ncat\n</answer>", finish: "stop" });
    expect(items.map(({ judgement }) => [judgement.passed, judgement.checks])).toEqual([
      [1, 1],
      [1, 3],
      [1, 1],
      [1, 3],
      [0, 1],
    ]);
    const summary = summarise(items, { seed: 1, resamples: 200 });
    expect(summary).toMatchObject({
      records: 5,
      checks: 9,
      perInstruction: { estimate: 2 / 5 },
      perCheck: { estimate: 4 / 9 },
      byComposition: {
        single: { records: 1, perInstruction: { estimate: 1, low: 1, high: 1 } },
        and: { checks: 3, perInstruction: { estimate: 0 }, perCheck: { estimate: 1 / 3 } },
        maths: { perInstruction: { estimate: 0 } },
      },
      byRule: { "keywords:existence": { checks: 7, passed: 4 }, "punctuation:no_comma": { checks: 1, passed: 0, accuracy: 0 } },
      formatRate: 1,
      truncatedShare: 0,
    });
    expect(summary.byComposition.chain).toBeUndefined();
  });

  test("a response cut off in its reasoning is counted as such", async () => {
    const model = scripted(() => "x".repeat(100));
    const { items } = await evaluateRecords(model, [single], { ...SETTINGS, method: "cot" });
    const summary = summarise(items, { seed: 1, resamples: 10 });
    expect(summary).toMatchObject({ truncatedShare: 1, formatRate: 0, meanTokens: 80, perCheck: { estimate: 0 } });
  });

  test("records that do not fit are named; none left is an error; an abort is too", async () => {
    const long = record("long", has("a"), { messages: [{ role: "user", content: "a ".repeat(400) }] });
    const model = scripted(() => "cat", 600);
    const result = await evaluateRecords(model, [long, single], { ...SETTINGS, method: "io" });
    expect(result.leftOut).toMatchObject([{ recordId: "long" }]);
    expect(result.items).toMatchObject([{ position: 1, recordId: "cat", judgement: { correct: true } }]);
    await expect(evaluateRecords(model, [long], { ...SETTINGS, method: "io" })).rejects.toMatchObject({ code: "prompt-too-long" });
    const signal = AbortSignal.abort();
    await expect(evaluateRecords(model, [single], { ...SETTINGS, method: "io" }, { signal })).rejects.toMatchObject({ code: "cancelled" });
  });
});

test("compare pairs by record and refuses other records", async () => {
  const run = async (answer: string, chosen: readonly InstructionRecord[]) =>
    (
      await evaluateRecords(
        scripted(() => answer),
        chosen,
        { ...SETTINGS, method: "io" },
      )
    ).items;
  const [before, after] = [await run("cat", [single, both, choice]), await run("dog sun sky", [single, both, choice])];
  expect(compare(before, after, { seed: 1, resamples: 100 })).toMatchObject({
    records: 3,
    gained: 2,
    lost: 1,
    perInstruction: { estimate: 1 / 3 },
    perCheck: { estimate: 4 / 5 - 2 / 5 },
  });
  expect(() => compare(before, after.slice(1), { seed: 1 })).toThrow("not of the same records");
});
