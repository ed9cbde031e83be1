// A model as it should not be, behind a real server: busy, late, silent, cut off; answers that are no JSON, instructions that drop a
// condition, answers that break their own rules or lack the tags, a reviewer that finds fault. The same request always meets the same
// fault. Whatever it does well it does with the real checkers' help.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CompositionNode } from "../../../../shared/domain/instruction.ts";
import type { MixPart } from "../../../../shared/domain/synthesis.ts";
import { activeRules } from "../../../engine/data-quality/active-rules.ts";
import { searchAnswer } from "../../../engine/data-quality/answer-search.ts";
import { planShapes } from "../../../engine/synthesis/mix.ts";
import { planLines } from "../../../engine/synthesis/plan-wording.ts";
import { drawRulePlan, type PlanRequest } from "../../../engine/synthesis/rule-plan.ts";
import { mixSeed, Random } from "../../../engine/tensor/random.ts";
import type { AskedRequest, ServerAct } from "../../endpoint/testing/chat-server.ts";
import type { PromptName } from "../prompts.ts";

const WORDS = ["meadow", "lantern", "harvest", "whistle", "cottage", "thunder", "blanket", "orchard"];
const INPUT = "The old bridge was closed on Monday because of the flood. Nobody knows when the road to the valley will be open again.";

export const FLAWED_SEEDS = [
  { text: "Tell a friend about your garden.", ability: "writing", topic: "nature", language: "en" },
  { text: "Explain why ships float.", ability: "explaining", topic: "science", language: "en" },
  { text: "Plan a picnic for two families.", ability: "planning", topic: "food", language: "en" },
  { text: "Suggest a present for a teacher.", ability: "", topic: "", language: "en" },
];

/** Prompts that the server can tell apart. */
export const FLAWED_PROMPTS: Readonly<Record<PromptName, string>> = {
  tags: "[tags] {{seed}}",
  words: "[words] {{seed}}",
  input: "[input] {{seed}}",
  instruction: "[instruction] {{seed}}\n---\n{{conditions}}\n---{{inputNote}}",
  questions: "[questions] {{count}} {{seed}} {{conditions}}",
  merge: "[merge] {{wishes}}\n{{instruction}}",
  answer: "[answer] {{instruction}}",
  "question-check": "[question-check] {{instruction}} {{answer}} {{question}}",
  review: "[review] {{instruction}} {{answer}}",
};

/** Seeds and prompts as files, for the command line. */
export function writeFlawedFiles(folder: string): { readonly seeds: string; readonly prompts: string } {
  const prompts = join(folder, "prompts");
  mkdirSync(prompts, { recursive: true });
  for (const [name, text] of Object.entries(FLAWED_PROMPTS)) writeFileSync(join(prompts, `${name}.txt`), text);
  const seeds = join(folder, "seeds.jsonl");
  writeFileSync(seeds, FLAWED_SEEDS.map((seed) => `${JSON.stringify(seed)}\n`).join(""));
  return { seeds, prompts };
}

export interface FlawedPlan {
  readonly seed: number;
  readonly mix: readonly MixPart[];
  readonly maxSamples: number;
}

/** What the server does with each request of a synthesis with these settings. */
export function flawedModel({ seed, mix, maxSamples }: FlawedPlan): (request: AskedRequest) => ServerAct {
  // The model cannot see a tree; the plans are drawn here once more, to know which answer would be right.
  const trees = new Map<string, CompositionNode>();
  for (const [index, { shape, constraints }] of planShapes(mix, maxSamples, new Random(mixSeed("synthesis-shapes", seed))).entries()) {
    const needsInput = shape === "selection" || shape.startsWith("nested");
    const plan = { shape: shape as PlanRequest["shape"], constraints, words: WORDS, input: needsInput ? INPUT : undefined, spaced: true };
    const tree = drawRulePlan(plan, new Random(mixSeed("synthesis-plan", seed, index)));
    if (tree !== undefined) trees.set(planLines(tree).join("\n"), tree);
  }
  return (request) => troubleOf(request) ?? { type: "say", text: replyTo(request, trees), afterMs: chance(request, "late") < 0.1 ? 40 : 0 };
}

/** 0 to 1, the same for the same request. */
function chance({ key }: AskedRequest, purpose: string): number {
  return new Random(mixSeed("flaw", purpose, key)).float();
}

/** Trouble comes once a request. */
function troubleOf(request: AskedRequest): ServerAct | undefined {
  if (request.attempt > 0) return undefined;
  const draw = chance(request, "trouble");
  if (draw < 0.08) return { type: "status", status: 429, headers: { "retry-after": "0" } };
  if (draw < 0.1) return { type: "status", status: 503 };
  if (draw < 0.12) return { type: "cut" };
  if (draw < 0.14) return { type: "raw", body: "<html>Bad gateway</html>" };
  return draw < 0.15 ? { type: "silence" } : undefined;
}

function replyTo(request: AskedRequest, trees: ReadonlyMap<string, CompositionNode>): string {
  const said = request.body.messages.at(-1)?.content ?? "";
  const name = /^\[([a-z-]+)\]/.exec(said)?.[1];
  const draw = chance(request, "content");
  if (name !== "answer" && draw < 0.12) return ["Sure, here it is!", '{"words": "none"', '{"other": 1}'][Math.floor(draw * 25)] ?? "";
  switch (name) {
    case "tags":
      return JSON.stringify({ ability: "ideas", topic: "school" });
    case "words":
      return `Here you are:\n\`\`\`json\n${JSON.stringify({ words: WORDS })}\n\`\`\``;
    case "input":
      return JSON.stringify({ text: INPUT });
    case "instruction":
      return JSON.stringify({ instruction: writtenOut(said, draw) });
    case "questions":
      return JSON.stringify({ wishes: [{ sentence: "Be friendly to the reader.", question: "Is it friendly?" }] });
    case "merge":
      return JSON.stringify({ instruction: said.replace(/^\[merge\] /, "") });
    case "question-check":
      return JSON.stringify({ yes: draw < 0.55 });
    case "answer":
      return answerTo(said, chance(request, "answer"), trees);
    default:
      return JSON.stringify({
        hallucination: draw > 0.97,
        illDefined: false,
        contradictory: draw > 0.8,
        unsafe: false,
        because: "as it is",
      });
  }
}

/** The conditions as they are; some with another number, as a careless writer has it. */
function writtenOut(prompt: string, draw: number): string {
  const [task = "", conditions = ""] = prompt.replace(/^\[instruction\] /, "").split(/\n---(?:\n|$)/);
  return `${task}\nConditions:\n${draw > 0.7 ? conditions.replace(/\d+/g, "70077") : conditions}`;
}

function answerTo(prompt: string, draw: number, trees: ReadonlyMap<string, CompositionNode>): string {
  const conditions = /\nConditions:\n([^]*?)(?:\n\nText:\n|$)/.exec(prompt)?.[1]?.trimEnd() ?? "";
  const tree = trees.get(conditions);
  if (draw < 0.1) return "I would rather not think about it.";
  if (draw < 0.6 || tree === undefined) return "<think>looks easy</think><answer>Well, that is simply how it is, my friend.</answer>";
  const label = { type: "tree", tree, mode: "corrected" } as const;
  const found = searchAnswer(
    activeRules({ id: "x", messages: [{ role: "user", content: prompt }], input: INPUT, label, tags: {} }),
    "corrected",
  );
  const answer = found.type === "found" ? found.answer : "none";
  return `<think>Each condition in turn, then a draft, then a check of all.</think>\n<answer>${answer}</answer>`;
}
