// The pre-training corpus of the nano model: a pure function from (seed, index) to one conversation. Its mixture gives the base
// the behaviour RAIF starts from: single rules often right, several seldom, reasoning mostly shallow and of no use, a little
// deep. It keeps to the training side of the border (see ../starter/world/keys.ts), so it never meets held-out data.

import { THINKING_INSTRUCTION } from "../../electron/engine/rewards/format.ts";
import { mixSeed, Random } from "../../electron/engine/tensor/random.ts";
import type { ChatMessage, InstructionRecord } from "../../shared/domain/instruction.ts";
import { activeChecks, answerCarelessly, shallowThought } from "../../electron/engine/synthesis/world/responses.ts";
import type { Instruction, Shape } from "../../electron/engine/synthesis/world/instructions.ts";
import { carelessResult, drawMaths, type MathsProblem } from "../../electron/engine/synthesis/world/maths.ts";
import { drawVerified, verifiedDemonstration } from "../../electron/engine/synthesis/world/verified.ts";
import { drawDrill } from "./drills.ts";

type ShapeWeights = readonly (readonly [shape: Shape, atoms: number, weight: number])[];

export interface CorpusMixture {
  readonly maths: number;
  readonly drills: number;
  /** Of the drills, how many are plain copying. */
  readonly copyShare: number;
  /** Share of prompts with the thinking instruction and an open think block; of those without, the rest is plain. */
  readonly thinking: number;
  readonly emptyThink: number;
  /** Of the thinking ones, how many reason deeply. */
  readonly deep: number;
  /** Share of maths answers that are right without written steps. */
  readonly mathsRightDirect: number;
  readonly overlookSingle: number;
  readonly overlookSeveralDirect: number;
  readonly overlookSeveralShallow: number;
  readonly wrongBranch: number;
  /** Deep reasoning that first drafts wrongly and corrects itself. */
  readonly revise: number;
  /** Single rules that the starter data never trains. */
  readonly outOfDistributionSingle: number;
  readonly shapes: ShapeWeights;
}

/** How the shipped model behaves: the last stage of pre-training. Deep reasoning is within its reach, but seldom its habit. */
export const HABITS_MIXTURE: CorpusMixture = {
  maths: 0.1,
  drills: 0.08,
  copyShare: 0.2,
  thinking: 0.55,
  emptyThink: 0.15,
  deep: 0.1,
  mathsRightDirect: 0.5,
  overlookSingle: 0.12,
  overlookSeveralDirect: 0.3,
  overlookSeveralShallow: 0.38,
  wrongBranch: 0.4,
  revise: 0.08,
  outOfDistributionSingle: 0.1,
  shapes: [
    ["single", 1, 0.42],
    ["and", 2, 0.22],
    ["and", 3, 0.1],
    ["and", 4, 0.05],
    ["chain", 0, 0.06],
    ["selection", 0, 0.08],
    ["nested2", 0, 0.05],
    ["nested3", 0, 0.02],
  ],
};

/**
 * What the model learns first, and for most of its time: to reason with every step written down. A skill that only a few samples in a
 * hundred show is never learned well enough to pay, however long the training.
 */
export const SKILLS_MIXTURE: CorpusMixture = {
  ...HABITS_MIXTURE,
  maths: 0.12,
  drills: 0.1,
  thinking: 0.78,
  emptyThink: 0.1,
  deep: 0.88,
  outOfDistributionSingle: 0.15,
  shapes: [
    ["single", 1, 0.28],
    ["and", 2, 0.2],
    ["and", 3, 0.15],
    ["and", 4, 0.07],
    ["and", 5, 0.03],
    ["chain", 0, 0.08],
    ["selection", 0, 0.1],
    ["nested2", 0, 0.06],
    ["nested3", 0, 0.03],
  ],
};

/**
 * The first samples are drills alone, at first plain copying of long rows of words: a small transformer must find out how to copy
 * before anything else in the corpus can be learned, and it does so soonest when nothing distracts it.
 */
const WARM_UP = { copyingSamples: 4_000, drillSamples: 12_000, copyShare: 0.3 } as const;

/** The mixture of the first stage at one index of its stream. */
export function skillsMixtureAt(index: number): CorpusMixture {
  if (index < WARM_UP.copyingSamples) return { ...SKILLS_MIXTURE, drills: 1, copyShare: 1 };
  return index < WARM_UP.drillSamples ? { ...SKILLS_MIXTURE, drills: 1, copyShare: WARM_UP.copyShare } : SKILLS_MIXTURE;
}

export const PREFILLS = { none: "", think: "<think>\n", "empty-think": "<think>\n\n</think>\n" } as const;
export type PrefillKind = keyof typeof PREFILLS;

export type CorpusStyle = "direct" | "shallow" | "deep" | "drill";

export interface CorpusSample {
  readonly messages: readonly ChatMessage[];
  readonly prefill: PrefillKind;
  /** What the assistant writes after the pre-fill; the turn's end token follows. */
  readonly response: string;
  readonly style: CorpusStyle;
  /** Absent for drills, which no rule checks. */
  readonly record?: InstructionRecord;
}

function pickShape(random: Random, shapes: ShapeWeights): { shape: Shape; atoms: number } {
  let ticket = random.float() * shapes.reduce((sum, [, , weight]) => sum + weight, 0);
  for (const [shape, atoms, weight] of shapes) {
    ticket -= weight;
    if (ticket <= 0) return { shape, atoms };
  }
  return { shape: "single", atoms: 1 };
}

function drawCorpusInstruction(random: Random, mixture: CorpusMixture): Instruction {
  const { shape, atoms } = pickShape(random, mixture.shapes);
  const outOfDistribution = shape === "single" && random.float() < mixture.outOfDistributionSingle;
  return drawVerified(random, { side: "train", shape, atoms, outOfDistribution });
}

function pickPrefill(random: Random, mixture: CorpusMixture): PrefillKind {
  const draw = random.float();
  if (draw < mixture.thinking) return "think";
  return draw < mixture.thinking + mixture.emptyThink ? "empty-think" : "none";
}

function conversation(prompt: string, prefill: PrefillKind): ChatMessage[] {
  const user: ChatMessage = { role: "user", content: prompt };
  return prefill === "none" ? [user] : [{ role: "system", content: THINKING_INSTRUCTION }, user];
}

/** The response text behind a pre-fill, as the chat format wants it. */
export function responseText(prefill: PrefillKind, think: string, answer: string): string {
  if (prefill === "none") return answer;
  const tagged = `<answer>\n${answer}\n</answer>`;
  return prefill === "think" ? `${think}\n</think>\n${tagged}` : tagged;
}

interface Written {
  readonly think: string;
  readonly answer: string;
}

function carelessAnswer(instruction: Instruction, random: Random, overlookSeveral: number, mixture: CorpusMixture): string {
  const overlook = activeChecks(instruction.plan) === 1 ? mixture.overlookSingle : overlookSeveral;
  for (let i = 0; i < 20; i++) {
    const answer = answerCarelessly(instruction, random, { overlook, wrongBranch: mixture.wrongBranch });
    if (answer !== undefined) return answer;
  }
  return verifiedDemonstration(instruction, random, 0).answer;
}

function writeInstruction(instruction: Instruction, style: CorpusStyle, random: Random, mixture: CorpusMixture): Written {
  if (style === "deep") return verifiedDemonstration(instruction, random, mixture.revise);
  const shallow = style === "shallow";
  const answer = carelessAnswer(instruction, random, shallow ? mixture.overlookSeveralShallow : mixture.overlookSeveralDirect, mixture);
  return { think: shallow ? shallowThought(instruction, random) : "", answer };
}

function writeMaths(problem: MathsProblem, style: CorpusStyle, random: Random, mixture: CorpusMixture): Written {
  const right = style === "deep" || random.float() < mixture.mathsRightDirect;
  const shallow = random.pick([
    "the user wants a number. i will give it.",
    "this is a sum. let me write the result.",
    "i need to work this out. here it is.",
    "the answer is a number. this is easy.",
  ]);
  return {
    think: style === "deep" ? `${problem.work}.` : shallow,
    answer: `\\boxed{${right ? problem.answer : carelessResult(problem, random)}}`,
  };
}

/** One sample of the corpus. Pure: the same seed, index and mixture give the same sample on every machine. */
export function sampleAt(seed: number, index: number, mixture: CorpusMixture = HABITS_MIXTURE): CorpusSample {
  const random = new Random(mixSeed("nano-corpus", seed, index));
  const kind = random.float();
  if (kind < mixture.drills) {
    const drill = drawDrill(random, mixture.copyShare);
    const prefill = random.float() < 0.5 ? "none" : "empty-think";
    return { messages: conversation(drill.prompt, prefill), prefill, response: responseText(prefill, "", drill.answer), style: "drill" };
  }
  const prefill = pickPrefill(random, mixture);
  const style: CorpusStyle = prefill !== "think" ? "direct" : random.float() < mixture.deep ? "deep" : "shallow";
  const id = `corpus-${seed}-${index}`;
  if (kind < mixture.drills + mixture.maths) {
    const problem = drawMaths(random, "train");
    const written = writeMaths(problem, style, random, mixture);
    const messages = conversation(problem.prompt, prefill);
    const record: InstructionRecord = {
      id,
      messages: [{ role: "user", content: problem.prompt }],
      label: { type: "math", answer: String(problem.answer) },
      tags: { composition: "maths", source: "corpus" },
    };
    return { messages, prefill, response: responseText(prefill, written.think, written.answer), style, record };
  }
  const instruction = drawCorpusInstruction(random, mixture);
  const written = writeInstruction(instruction, style, random, mixture);
  const record: InstructionRecord = {
    id,
    messages: [{ role: "user", content: instruction.prompt }],
    ...(instruction.input === undefined ? {} : { input: instruction.input.text }),
    label: { type: "tree", tree: instruction.tree },
    tags: { shape: instruction.shape, checks: activeChecks(instruction.plan), source: "corpus" },
  };
  return {
    messages: conversation(instruction.prompt, prefill),
    prefill,
    response: responseText(prefill, written.think, written.answer),
    style,
    record,
  };
}
