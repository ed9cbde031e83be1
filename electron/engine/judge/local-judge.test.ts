import { describe, expect, test } from "vitest";
import { FakeLanguageModel } from "../decoding/fake-language-model.ts";
import type { PrefillGroup } from "../decoding/language-model.ts";
import type { JudgeQuestion } from "../rewards/leaf-checks.ts";
import { ChatTemplate } from "../tokenizer/chat-template.ts";
import { FIXTURE_CONFIG, FIXTURE_TEMPLATE, fixtureDefinition } from "../tokenizer/testing/byte-level-fixture.ts";
import { Tokenizer } from "../tokenizer/tokenizer.ts";
import { judgePrompt } from "./judge-prompt.ts";
import { LocalJudge } from "./local-judge.ts";

const tokenizer = Tokenizer.fromJson(fixtureDefinition(), FIXTURE_CONFIG);
const template = new ChatTemplate(FIXTURE_TEMPLATE, tokenizer.specialTokens);

class WatchedModel extends FakeLanguageModel {
  readonly prompts: (readonly number[])[] = [];

  override prefill(groups: readonly PrefillGroup[]): ReturnType<FakeLanguageModel["prefill"]> {
    this.prompts.push(...groups.map(({ promptIds }) => promptIds));
    return super.prefill(groups);
  }
}

function open(contextLength = 4000, text = FIXTURE_TEMPLATE): { judge: LocalJudge; model: WatchedModel } {
  const model = new WatchedModel(tokenizer.vocabSize, contextLength);
  const chat = text === FIXTURE_TEMPLATE ? template : new ChatTemplate(text, tokenizer.specialTokens);
  return { model, judge: new LocalJudge({ languageModel: model, tokenizer, template: chat, hash: "abc" }) };
}

function ask(answer: string, question = "Is it polite?"): JudgeQuestion {
  return { messages: [{ role: "user", content: "Say hello." }], answer, question };
}

const HEADER = "<|im_start|>assistant\n";

/** The fixture with "yes" and "no" as tokens of their own. */
function tokenizerWithWords(): Tokenizer {
  const definition = structuredClone(fixtureDefinition()) as { model: { vocab: Record<string, number>; merges: string[] } };
  const { vocab, merges } = definition.model;
  let nextId = tokenizer.vocabSize;
  for (const [left, right] of [
    ["y", "e"],
    ["ye", "s"],
    ["n", "o"],
  ] as const) {
    vocab[left + right] = nextId++;
    merges.push(`${left} ${right}`);
  }
  return Tokenizer.fromJson(definition, FIXTURE_CONFIG);
}

/** From whole histories, token by token. */
function logProbability(model: FakeLanguageModel, prompt: readonly number[], word: string): number {
  const history = [...prompt];
  let sum = 0;
  for (const token of tokenizer.encode(word)) {
    const logits = [...model.logitsAfter(history)];
    sum += (logits[token] as number) - Math.log(logits.reduce((total, logit) => total + Math.exp(logit), 0));
    history.push(token);
  }
  return sum;
}

describe("two continuations are scored", () => {
  test("of several tokens each, many questions together, as from the whole histories", async () => {
    const { judge, model } = open();
    const questions = Array.from({ length: 9 }, (_, index) => ask("hello ".repeat(index + 1)));
    const verdicts = await judge.ask(questions);
    questions.forEach((question, index) => {
      const text = template.render([{ role: "user", content: judgePrompt(question) }], { addGenerationPrompt: true });
      const prompt = tokenizer.encode(text, { addSpecialTokens: false });
      const margin = logProbability(model, prompt, "yes") - logProbability(model, prompt, "no");
      expect(verdicts[index]?.margin).toBeCloseTo(margin, 4);
      expect(verdicts[index]?.yes).toBe(margin > 0);
      expect(verdicts[index]).not.toHaveProperty("note");
    });
    expect(model.openBatches).toBe(0);
  });

  test("of one token each, without any further step", async () => {
    const whole = tokenizerWithWords();
    const model = new WatchedModel(whole.vocabSize + 3);
    const judge = new LocalJudge({ languageModel: model, tokenizer: whole, template, hash: "abc" });
    const verdicts = await judge.ask(Array.from({ length: 20 }, (_, index) => ask("hello ".repeat(index + 1))));
    const [yes, no] = ["yes", "no"].map((word) => whole.encode(word));
    expect([yes?.length, no?.length, model.stepRows]).toEqual([1, 1, []]);
    verdicts.forEach((verdict, index) => {
      const logits = model.logitsAfter(model.prompts[index] as number[]);
      expect(verdict.margin).toBeCloseTo((logits[yes?.[0] as number] as number) - (logits[no?.[0] as number] as number), 4);
      expect(verdict.yes).toBe((verdict.margin as number) > 0);
    });
    expect(new Set(verdicts.map((verdict) => verdict.yes)).size).toBe(2);
  });

  test("every question is planned once, long ones first and not too many together", () => {
    const questions = Array.from({ length: 70 }, (_, index) => ask("x".repeat((index * 37) % 300)));
    const plan = open().judge.plan(questions);
    expect(plan.flat().toSorted((a, b) => a - b)).toEqual(questions.map((_, index) => index));
    expect(Math.max(...plan.map((batch) => batch.length))).toBeLessThanOrEqual(32);
    expect(open().judge.plan([])).toEqual([]);
  });
});

describe("a request that is too long", () => {
  test("loses the middle of its texts and never its end, and the verdict says so", async () => {
    const { judge, model } = open(1200);
    const [verdict] = await judge.ask([ask("hello ".repeat(2000), "Is it short?")]);
    const text = tokenizer.decode(model.prompts[0] as number[], { skipSpecialTokens: false });
    expect(model.prompts[0]?.length).toBeLessThanOrEqual(1200 - tokenizer.encode("yes").length);
    expect(text).toContain("[...]");
    expect(text).toContain("Is it short?");
    expect(text.endsWith(HEADER)).toBe(true);
    expect(verdict?.note).toMatch(/^(?:yes|no), for a shortened text$/);
  });

  test("is an error where even the question does not fit", async () => {
    await expect(open(300).judge.ask([ask("hello")])).rejects.toMatchObject({ code: "prompt-too-long" });
  });
});

test("a template that opens a think block gets it closed before the word", async () => {
  const { judge, model } = open(4000, FIXTURE_TEMPLATE.replace("assistant\n", "assistant\n<think>\n"));
  await judge.ask([ask("hello")]);
  expect(tokenizer.decode(model.prompts[0] as number[], { skipSpecialTokens: false })).toMatch(/<think>\s+<\/think>\s+$/);
});
