// One sample from seed to record, stage by stage: words and plan, instruction, further questions merged in, answer with reasoning,
// self-check, filters. Every stage may reject it. The same index gives the same requests, so that answers are found again later.

import { z } from "zod";
import type { CompositionNode, Expert, InstructionRecord } from "../../../shared/domain/instruction.ts";
import type { SynthesisShape } from "../../../shared/domain/synthesis.ts";
import { compositionKind, depth } from "../../engine/constraints/tree-shape.ts";
import { activeRules } from "../../engine/data-quality/active-rules.ts";
import { mainScript } from "../../engine/data-quality/languages.ts";
import { openQuestions } from "../../engine/rewards/leaf-checks.ts";
import { validateRecord } from "../../engine/rewards/reward.ts";
import { scoreWithoutJudge } from "../../engine/rewards/score-without-judge.ts";
import { filterReason, type LengthLimits } from "../../engine/synthesis/filters.ts";
import { droppedParts, planLines } from "../../engine/synthesis/plan-wording.ts";
import { drawRulePlan, pathsOf } from "../../engine/synthesis/rule-plan.ts";
import type { Seed } from "../../engine/synthesis/seeds.ts";
import { mixSeed, Random } from "../../engine/tensor/random.ts";
import { askForJson, yesOrNoSchema } from "./json-reply.ts";
import { readAnswer } from "./read-answer.ts";
import { fillPrompt, type SynthesisPrompts } from "./prompts.ts";
import type { StageLedger, StageModel } from "./stage-ledger.ts";

export interface SampleRequest {
  readonly index: number;
  readonly id: string;
  readonly seed: Seed;
  readonly shape: Exclude<SynthesisShape, "maths">;
  readonly constraints: number | undefined;
}

export interface SampleSettings {
  readonly seed: number;
  readonly prompts: SynthesisPrompts;
  /** Answers to try until one passes the instruction's own checks. */
  readonly answerTries: number;
  /** Yes/no questions about content to add to each instruction; records with questions need a judge to train on. */
  readonly questions: number;
  readonly maxAnswerTokens: number;
  readonly lengthLimits: LengthLimits;
}

/** What there is of a sample; kept with it when it is rejected. */
export interface SampleDraft {
  seed: string;
  input?: string;
  tree?: CompositionNode;
  instruction?: string;
  answer?: string;
  think?: string;
}

const wordsSchema = z.object({ words: z.array(z.string().trim().min(1).max(60)).min(4) });
const inputSchema = z.object({ text: z.string().trim().min(20).max(4000) });
const instructionSchema = z.object({ instruction: z.string().trim().min(10) });
const wishesSchema = z.object({
  wishes: z.array(z.object({ sentence: z.string().trim().min(5), question: z.string().trim().min(5) })).min(1),
});
const verdictSchema = z.object({ yes: yesOrNoSchema });
const reviewSchema = z.object({
  hallucination: yesOrNoSchema,
  illDefined: yesOrNoSchema,
  contradictory: yesOrNoSchema,
  unsafe: yesOrNoSchema,
  because: z.string().default(""),
});
const REVIEWED = [
  ["hallucination", "hallucination"],
  ["illDefined", "ill-defined"],
  ["contradictory", "contradictory"],
  ["unsafe", "unsafe"],
] as const;

/** `draft` is filled while the sample goes on. Throws Rejection, and what asking the model throws. */
export async function makeSample(
  request: SampleRequest,
  settings: SampleSettings,
  ledger: StageLedger,
  draft: SampleDraft,
): Promise<InstructionRecord> {
  const seedOf = (purpose: string): number => mixSeed("synthesis", settings.seed, request.index, purpose) >>> 1;
  const plan = await drawPlan(request, settings, ledger, draft, seedOf);
  const { input } = plan;
  const written = await writeInstruction(request, settings, ledger, draft, seedOf, plan.tree, input);
  const { instruction, tree } =
    settings.questions === 0
      ? { instruction: written, tree: plan.tree }
      : await addQuestions(request, settings, ledger, draft, seedOf, plan.tree, written);
  const content = input === undefined ? instruction : `${instruction}\n\n${request.seed.language === "zh" ? "文本：" : "Text:"}\n${input}`;
  const record: InstructionRecord = {
    id: request.id,
    messages: [{ role: "user", content }],
    ...(input === undefined ? {} : { input }),
    label: { type: "tree", tree, mode: "corrected" },
    tags: {
      composition: compositionKind(tree),
      depth: depth(tree),
      ability: request.seed.ability,
      topic: request.seed.topic,
      language: request.seed.language,
      source: "synthesis",
    },
  };
  const expert = await answerAndCheck(record, settings, ledger, draft, seedOf);
  return filtered({ ...record, expert, tags: { ...record.tags, checks: activeRules(record).length } }, settings, ledger, seedOf);
}

async function drawPlan(
  { seed, shape, constraints, index }: SampleRequest,
  { prompts, ...settings }: SampleSettings,
  ledger: StageLedger,
  draft: SampleDraft,
  seedOf: (purpose: string) => number,
): Promise<{ readonly tree: CompositionNode; readonly input: string | undefined }> {
  return ledger.run("plan", async (model) => {
    const { words } = await askForJson(model, fillPrompt(prompts, "words", { seed: seed.text }), wordsSchema, seedOf("words"));
    const needsInput = shape === "selection" || shape.startsWith("nested");
    const input = needsInput
      ? (await askForJson(model, fillPrompt(prompts, "input", { seed: seed.text }), inputSchema, seedOf("input"))).text
      : undefined;
    if (input !== undefined) draft.input = input;
    const script = mainScript(seed.text);
    const usable = [...new Set(words.map((word) => word.toLowerCase()))].filter(
      (word) => /^[\p{L}\p{M}'-]+$/u.test(word) && mainScript(`${word}${word}`) === script && !seed.text.toLowerCase().includes(word),
    );
    if (usable.length < 3) return model.reject("the model's words for the task cannot be used");
    const spaced = script !== "Han" && script !== "Kana" && script !== "Thai";
    const random = new Random(mixSeed("synthesis-plan", settings.seed, index));
    const tree = drawRulePlan({ shape, constraints, words: usable, input, spaced }, random);
    if (tree === undefined) return model.reject("no compatible rules were drawn");
    draft.tree = tree;
    return { tree, input };
  });
}

async function writeInstruction(
  { seed }: SampleRequest,
  { prompts }: SampleSettings,
  ledger: StageLedger,
  draft: SampleDraft,
  seedOf: (purpose: string) => number,
  tree: CompositionNode,
  input: string | undefined,
): Promise<string> {
  return ledger.run("instruction", async (model) => {
    const inputNote =
      input === undefined ? "" : '\n- The given text follows below your instruction; call it "the text below", do not repeat it.';
    const prompt = fillPrompt(prompts, "instruction", { seed: seed.text, conditions: planLines(tree).join("\n"), inputNote });
    const { instruction } = await askForJson(model, prompt, instructionSchema, seedOf("instruction"));
    draft.instruction = instruction;
    return requireAllSaid(tree, instruction, model);
  });
}

function requireAllSaid(tree: CompositionNode, instruction: string, model: StageModel): string {
  const dropped = droppedParts([...new Set([...pathsOf(tree).flat(), ...conditionsOf(tree)])], instruction);
  return dropped.length === 0 ? instruction : model.reject(`ill-defined: the instruction does not say ${dropped.slice(0, 3).join(", ")}`);
}

/** Wishes about content as questions beside the rules, merged into the instruction, which must still say all of the rules. */
async function addQuestions(
  { seed }: SampleRequest,
  { prompts, questions }: SampleSettings,
  ledger: StageLedger,
  draft: SampleDraft,
  seedOf: (purpose: string) => number,
  tree: CompositionNode,
  written: string,
): Promise<{ readonly instruction: string; readonly tree: CompositionNode }> {
  return ledger.run("questions", async (model) => {
    const asked = fillPrompt(prompts, "questions", { seed: seed.text, conditions: planLines(tree).join("\n"), count: String(questions) });
    const wishes = (await askForJson(model, asked, wishesSchema, seedOf("questions"))).wishes.slice(0, questions);
    const merging = fillPrompt(prompts, "merge", {
      instruction: written,
      wishes: wishes.map(({ sentence }) => `- ${sentence}`).join("\n"),
    });
    const { instruction } = await askForJson(model, merging, instructionSchema, seedOf("merge"));
    draft.instruction = requireAllSaid(tree, instruction, model);
    const leaves = wishes.map(({ question }): CompositionNode => ({ type: "question", text: question }));
    const whole: CompositionNode = { type: "and", children: tree.type === "and" ? [...tree.children, ...leaves] : [tree, ...leaves] };
    draft.tree = whole;
    return { instruction, tree: whole };
  });
}

function conditionsOf(node: CompositionNode): Extract<CompositionNode, { type: "rule" }>[] {
  switch (node.type) {
    case "and":
      return node.children.flatMap(conditionsOf);
    case "chain":
      return node.steps.flatMap(conditionsOf);
    case "selection":
      return [
        ...node.branches.flatMap(({ when, then }) => [...(when.type === "rule" ? [when] : []), ...conditionsOf(then)]),
        ...(node.otherwise === undefined ? [] : conditionsOf(node.otherwise)),
      ];
    default:
      return [];
  }
}

/** An answer that passes every check of the record, from a few tries. */
async function answerAndCheck(
  record: InstructionRecord,
  { prompts, answerTries, maxAnswerTokens }: SampleSettings,
  ledger: StageLedger,
  draft: SampleDraft,
  seedOf: (purpose: string) => number,
): Promise<Expert> {
  const instruction = record.messages[0]?.content ?? "";
  const prompt = fillPrompt(prompts, "answer", { instruction });
  const experts = await ledger.run("answer", async (model) => {
    const readable: Expert[] = [];
    let problem = "no answer";
    for (let attempt = 0; attempt < answerTries; attempt++) {
      const reply = await model.ask({
        messages: [{ role: "user", content: prompt }],
        temperature: attempt === 0 ? 0.6 : 1,
        maxTokens: maxAnswerTokens,
        seed: seedOf("answer") + attempt,
      });
      const expert = readAnswer(reply.text, reply.finish !== "length");
      problem = reply.finish === "length" ? "the answer was cut off" : "the answer has no reasoning and answer in the form asked for";
      if (expert === undefined) continue;
      readable.push(expert);
      if (passes(expert, record) === undefined) break;
    }
    return readable.length > 0 ? readable : model.reject(problem);
  });
  return ledger.run("self-check", async (model) => {
    const good = experts.find((expert) => passes(expert, record) === undefined);
    const shown = good ?? experts.at(-1)!;
    [draft.think, draft.answer] = [shown.think, shown.answer];
    if (good === undefined) return model.reject(`the answer fails its own checks: ${passes(shown, record) ?? ""}`);
    for (const { path, question, wanted } of openQuestions(record, good.answer)) {
      const prompt = fillPrompt(prompts, "question-check", { instruction, answer: good.answer, question: question.question });
      const { yes } = await askForJson(model, prompt, verdictSchema, seedOf(`question ${path}`));
      if (yes !== wanted) return model.reject(`the answer does not meet a wish: ${question.question}`);
    }
    return good;
  });
}

/** What of its own checks an answer fails; undefined when it passes all. */
function passes({ answer }: Expert, record: InstructionRecord): string | undefined {
  const { passed, checks, verdicts } = scoreWithoutJudge(answer, record);
  if (passed === checks) return undefined;
  return verdicts.find(({ state }) => state === "fail")?.ruleId ?? "all";
}

async function filtered(
  record: InstructionRecord,
  { prompts, lengthLimits }: SampleSettings,
  ledger: StageLedger,
  seedOf: (purpose: string) => number,
): Promise<InstructionRecord> {
  return ledger.run("filters", async (model) => {
    validateRecord(record, record.id);
    const reason = filterReason(record, lengthLimits);
    if (reason !== undefined) return model.reject(reason);
    const prompt = fillPrompt(prompts, "review", { instruction: record.messages[0]?.content ?? "", answer: record.expert?.answer ?? "" });
    const review = await askForJson(model, prompt, reviewSchema, seedOf("review"));
    const fault = REVIEWED.find(([key]) => review[key]);
    return fault === undefined ? record : model.reject(`${fault[1]}: ${review.because.slice(0, 200)}`);
  });
}
