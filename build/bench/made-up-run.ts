// A long finished run in a workspace, without any training: made-up responses to the starter data, with real prompts, rewards,
// verdicts, filter decisions and advantages, stored the way the trainer stores them. The same for the same size.

import { computeAdvantages } from "../../electron/engine/grpo/advantages.ts";
import { DEFAULT_CONFIG, trainingConfigSchema } from "../../electron/engine/grpo/config.ts";
import { judgeSuperiorCot } from "../../electron/engine/grpo/superior-cot.ts";
import { parseResponse } from "../../electron/engine/rewards/format.ts";
import { scoreResponse } from "../../electron/engine/rewards/reward.ts";
import { buildPrompt, type Prompt } from "../../electron/engine/rollout/prompt.ts";
import { Random, mixSeed } from "../../electron/engine/tensor/random.ts";
import { ChatTemplate } from "../../electron/engine/tokenizer/chat-template.ts";
import { Tokenizer } from "../../electron/engine/tokenizer/tokenizer.ts";
import { readDatasetFile } from "../../electron/services/dataset-file.ts";
import { modelFolder } from "../../electron/services/resource-paths.ts";
import { indexStep } from "../../electron/services/trace-index.ts";
import { transaction, type WriteConnection } from "../../electron/storage/connection.ts";
import { addDataset } from "../../electron/storage/datasets.ts";
import type { RunId } from "../../electron/storage/ids.ts";
import { createRun, setRunStatus } from "../../electron/storage/runs.ts";
import type { GroupRecord, RolloutRecord, StepRecord } from "../../electron/storage/step-record.ts";
import { recordStep } from "../../electron/storage/steps.ts";
import type { InstructionRecord } from "../../shared/domain/instruction.ts";
import { madeUpResponse } from "./made-up-responses.ts";

const PROMPTS_A_STEP = 16;
const THINK_SAMPLES = 8;
const EMPTY_SAMPLES = 2;
const ROLLOUTS_A_STEP = PROMPTS_A_STEP * (THINK_SAMPLES + EMPTY_SAMPLES);
/** Sentences that bring a response to the length that 100,000 of them take about 500 MB with. */
const PADDING = 8;

interface Scene {
  readonly records: readonly InstructionRecord[];
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  readonly totalSteps: number;
  readonly prompts: Map<string, Prompt>;
}

/** Adds a run of at least `rollouts` rollouts; `onStep` hears of every stored step. Returns the run's id. */
export async function addMadeUpRun(
  db: WriteConnection,
  rollouts: number,
  onStep: (step: number, totalSteps: number, writeMs: number) => void,
): Promise<RunId> {
  const { records, path } = await readDatasetFile("starter");
  const tokenizer = await Tokenizer.load(modelFolder("nano"));
  const template = await ChatTemplate.load(modelFolder("nano"), tokenizer);
  const totalSteps = Math.ceil(rollouts / ROLLOUTS_A_STEP);
  const scene: Scene = { records, tokenizer, template, totalSteps, prompts: new Map() };
  const dataset = addDataset(db, { name: "starter", source: path, records });
  const config = trainingConfigSchema.parse({ ...DEFAULT_CONFIG, steps: totalSteps, promptsPerStep: PROMPTS_A_STEP });
  const { id } = createRun(db, {
    name: "made up",
    method: "raif",
    recipe: "paper",
    config,
    seed: 1,
    device: "cpu",
    totalSteps,
    datasetId: dataset.id,
    dataHash: dataset.contentHash,
    baseModel: "nano",
    modelHash: "0".repeat(64),
    tokenizerHash: "0".repeat(64),
    chatTemplateHash: template.sha256,
    engineVersion: "made-up",
  });
  for (let step = 1; step <= totalSteps; step++) {
    const record = madeUpStep(scene, id, step);
    const startMs = performance.now();
    transaction(db, () => {
      recordStep(db, record);
      indexStep(db, id, step);
    });
    onStep(step, totalSteps, performance.now() - startMs);
  }
  setRunStatus(db, id, "finished");
  return id;
}

function madeUpStep(scene: Scene, runId: RunId, step: number): StepRecord {
  const groups = Array.from({ length: PROMPTS_A_STEP }, (_, groupIndex) => madeUpGroup(scene, step, groupIndex));
  const rewards = groups.flatMap((group) => group.rollouts.map((rollout) => rollout.reward.total));
  return {
    runId,
    step,
    hashes: { model: "0".repeat(64), chatTemplate: scene.template.sha256, sampler: "0".repeat(64) },
    random: { seed: 1, step },
    cursor: { promptPosition: step * PROMPTS_A_STEP, expertPosition: 0 },
    metrics: {
      reward: rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length,
      keep_ratio: groups.filter(({ kept }) => kept).length / groups.length,
    },
    timingsMs: { rollout: 1000, update: 1000 },
    groups,
  };
}

function madeUpGroup(scene: Scene, step: number, groupIndex: number): GroupRecord {
  const position = (step - 1) * PROMPTS_A_STEP + groupIndex;
  const record = scene.records[(position * 7919) % scene.records.length] as InstructionRecord;
  const random = new Random(mixSeed("group", step, groupIndex));
  const learned = (0.1 + 0.9 * (step / scene.totalSteps)) * random.float();
  // Now and then reasoning does harm, so that the filter has something to drop.
  const harms = random.float() < 0.1;
  const manners = {
    think: { skill: learned, runaway: harms ? 0.99 : 0.03, padding: PADDING },
    empty: { skill: harms ? 0.9 : learned * 0.6, runaway: 0.01, padding: PADDING },
  };
  const emptySamples = record.label.type === "math" ? 0 : EMPTY_SAMPLES;
  const modes = [
    ...Array<"think">(THINK_SAMPLES + EMPTY_SAMPLES - emptySamples).fill("think"),
    ...Array<"empty">(emptySamples).fill("empty"),
  ];
  const samples = modes.map((mode, sampleIndex) => madeUpRollout(scene, record, mode, sampleIndex, manners[mode], random));
  const think = samples.filter(({ mode }) => mode === "think");
  const decision = judgeSuperiorCot(
    {
      thinkAccuracies: think.map(({ reward }) => reward.accuracy),
      emptyAccuracies: samples.filter(({ mode }) => mode === "empty").map(({ reward }) => reward.accuracy),
      thinkRewards: think.map(({ reward }) => reward.total),
    },
    { keepWhenAllEqual: false },
  );
  const rewards = think.map(({ reward }) => reward.total);
  const advantages = decision.kept ? (computeAdvantages([{ rewards, statistics: rewards }], "group")[0] ?? []) : [];
  return {
    groupIndex,
    recordId: record.id,
    prompts: {
      think: promptRecord(scene, record, "think"),
      ...(emptySamples === 0 ? {} : { empty: promptRecord(scene, record, "empty") }),
    },
    kept: decision.kept,
    dropReason: decision.kept ? undefined : decision.reason,
    details: decision,
    rollouts: samples.map((sample) => {
      const advantage = sample.mode === "think" ? advantages[sample.sampleIndex] : undefined;
      return { ...sample, advantage, trained: advantage !== undefined };
    }),
  };
}

function promptRecord(
  scene: Scene,
  record: InstructionRecord,
  mode: "think" | "empty",
): { readonly text: string; readonly tokenIds: readonly number[] } {
  const { text, ids } = promptOf(scene, record, mode);
  return { text, tokenIds: ids };
}

function promptOf({ prompts, tokenizer, template }: Scene, record: InstructionRecord, mode: "think" | "empty"): Prompt {
  const key = `${mode}/${record.id}`;
  let prompt = prompts.get(key);
  if (prompt === undefined) prompts.set(key, (prompt = buildPrompt(record, tokenizer, template, mode)));
  return prompt;
}

function madeUpRollout(
  scene: Scene,
  record: InstructionRecord,
  mode: "think" | "empty",
  sampleIndex: number,
  manner: Parameters<typeof madeUpResponse>[2],
  random: Random,
): RolloutRecord {
  const { text: sampled, finish } = madeUpResponse(record, mode, manner, random);
  const text = promptOf(scene, record, mode).prefill + sampled;
  const tokenIds = scene.tokenizer.encode(sampled);
  const logProbs = Float32Array.from(tokenIds, () => -(random.float() ** 3) * 4);
  const near = (): Float32Array => logProbs.map((value) => Math.min(0, value + (random.float() - 0.5) * 0.02));
  return {
    sampleIndex,
    mode,
    tokenIds,
    logProbs,
    ...(mode === "think" ? { oldLogProbs: near(), refLogProbs: near(), entropies: logProbs.map((value) => -value / 2) } : {}),
    text,
    ...partsOf(text),
    finish,
    seed: random.uint32(),
    reward: scoreResponse({ text, record, requireThink: mode === "think" }),
    trained: false,
  };
}

function partsOf(text: string): { readonly think: string; readonly answer: string } {
  const { think, answer } = parseResponse(text);
  return { think, answer };
}
