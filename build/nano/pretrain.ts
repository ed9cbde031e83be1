// Pre-trains the shipped nano model from nothing on the nano corpus, with the project's own supervised trainer, and writes it as
// a Hugging Face folder. Seeded and repeatable; can be interrupted and run again, it goes on from its last checkpoint.
//
//   node build/nano/pretrain.ts [--out resources/nano]
//
// Checkpoints and the log lie in .cache/nano (not part of the repository).

import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { OnnxPolicy } from "../../electron/engine/grpo/onnx-policy.ts";
import type { PolicyState } from "../../electron/engine/grpo/policy-model.ts";
import {
  SFT_DEFAULTS,
  trainSft,
  type SftCheckpoint,
  type SftExample,
  type SftSettings,
  type SftState,
} from "../../electron/engine/grpo/sft.ts";
import { PLAIN_DECODER, type DecoderConfig } from "../../electron/engine/model/config.ts";
import { saveModelFolder } from "../../electron/engine/model/hf-folder.ts";
import { initialiseParameters, initialisePositionHeads } from "../../electron/engine/model/initialise.ts";
import { SafetensorsFile, writeSafetensors } from "../../electron/engine/model/safetensors.ts";
import type { Float32Tensor, HostTensor } from "../../electron/engine/tensor/tensor.ts";
import { ChatTemplate } from "../../electron/engine/tokenizer/chat-template.ts";
import { Tokenizer } from "../../electron/engine/tokenizer/tokenizer.ts";
import { HABITS_MIXTURE, PREFILLS, sampleAt, skillsMixtureAt, type CorpusMixture } from "./corpus.ts";

const SEED = 20261122;
/** See docs/experiments.md: with 0.02 and no position heads, copying is not learned within 5 M tokens. */
const INITIAL_DEVIATION = 0.05;
const POSITION_HEADS = { layer: 0, offsets: [1, 2, 1, 3, 0, 1, 2, 4], amplitude: 4, pairs: 3 } as const;
const CACHE = ".cache/nano";

export const NANO_CONFIG: DecoderConfig = {
  ...PLAIN_DECODER,
  modelType: "qwen2",
  vocabSize: 2048,
  hiddenSize: 256,
  numLayers: 5,
  numHeads: 8,
  numKvHeads: 4,
  headDim: 32,
  intermediateSize: 704,
  rmsNormEps: 1e-6,
  ropeTheta: 10000,
  tieWordEmbeddings: true,
  qkvBias: true,
  qkNorm: false,
  maxPositionEmbeddings: 512,
  eosTokenIds: [],
  bosTokenId: null,
};

interface Stage {
  readonly name: string;
  readonly steps: number;
  readonly learningRate: number;
  /** Of the corpus's random stream; no two stages see the same samples. */
  readonly seed: number;
  readonly mixture: (index: number) => CorpusMixture;
}

/** Each stage starts from the weights of the one before, with fresh optimiser state and its own schedule. */
const STAGES: readonly Stage[] = [
  { name: "skills", steps: 5200, learningRate: 1.5e-3, seed: SEED, mixture: skillsMixtureAt },
  { name: "habits", steps: 900, learningRate: 5e-4, seed: SEED + 1, mixture: () => HABITS_MIXTURE },
];

const SETTINGS: Omit<SftSettings, "steps" | "seed" | "learningRate"> = {
  ...SFT_DEFAULTS,
  minLearningRateRatio: 0.05,
  warmupUpdates: 50,
  tokensPerStep: 2048,
  maxSequenceTokens: 512,
  promptLossWeight: 0,
  weightDecay: 0.05,
  checkpointEverySteps: 50,
};

const STATE_GROUPS = ["parameters", "firstMoments", "secondMoments"] as const;

async function saveCheckpoint(folder: string, checkpoint: SftCheckpoint): Promise<void> {
  const tensors = new Map<string, Float32Tensor>();
  for (const group of STATE_GROUPS)
    for (const [name, tensor] of checkpoint.policy[group]) tensors.set(`${group}/${name}`, tensor as Float32Tensor);
  await writeSafetensors(join(folder, "state.partial"), tensors, "F32");
  writeFileSync(join(folder, "state.json.partial"), JSON.stringify({ state: checkpoint.state, updates: checkpoint.policy.updates }));
  renameSync(join(folder, "state.partial"), join(folder, "state.safetensors"));
  renameSync(join(folder, "state.json.partial"), join(folder, "state.json"));
}

async function loadCheckpoint(folder: string): Promise<SftCheckpoint | undefined> {
  if (!existsSync(join(folder, "state.json"))) return undefined;
  const { state, updates } = JSON.parse(readFileSync(join(folder, "state.json"), "utf8")) as { state: SftState; updates: number };
  const file = await SafetensorsFile.open(join(folder, "state.safetensors"));
  const groups = {
    parameters: new Map<string, HostTensor>(),
    firstMoments: new Map<string, HostTensor>(),
    secondMoments: new Map<string, HostTensor>(),
  };
  for (const name of file.entries.keys()) {
    const cut = name.indexOf("/");
    groups[name.slice(0, cut) as (typeof STATE_GROUPS)[number]].set(name.slice(cut + 1), await file.read(name));
  }
  await file.close();
  return { state, policy: { ...groups, updates } satisfies PolicyState };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { out: { type: "string", default: "resources/nano" } } });
  const tokenizer = await Tokenizer.load(values.out);
  const template = await ChatTemplate.load(values.out, tokenizer);
  const eos = tokenizer.eosTokenId;
  if (eos === null) throw new Error("the nano tokenizer has no end token");
  const config: DecoderConfig = { ...NANO_CONFIG, eosTokenIds: [eos] };
  tokenizer.requireFits(config.vocabSize, values.out);
  let parameters = initialiseParameters(config, SEED, INITIAL_DEVIATION);
  initialisePositionHeads(parameters, config, POSITION_HEADS);
  for (const stage of STAGES) {
    const exampleAt = (index: number): SftExample => {
      const sample = sampleAt(stage.seed, index, stage.mixture(index));
      const prompt = template.render(sample.messages, { addGenerationPrompt: true }) + PREFILLS[sample.prefill];
      return { promptIds: tokenizer.encode(prompt), responseIds: [...tokenizer.encode(sample.response), eos] };
    };
    parameters = await trainStage(stage, config, parameters, exampleAt);
  }
  await writeModel(parameters, config, values.out);
}

/** Runs one stage, or what is left of it, and returns its weights. */
async function trainStage(
  stage: Stage,
  config: DecoderConfig,
  parameters: Map<string, Float32Tensor>,
  exampleAt: (index: number) => SftExample,
): Promise<Map<string, Float32Tensor>> {
  const folder = join(CACHE, stage.name);
  mkdirSync(folder, { recursive: true });
  const log = (line: string) => {
    console.log(line);
    appendFileSync(join(folder, "pretrain.log"), `${line}\n`);
  };
  const policy = await OnnxPolicy.create({
    config,
    parameters,
    lossShape: { epsilonLow: 0.2, epsilonHigh: 0.2, klEstimator: "k3", importanceLevel: "token", temperature: 1 },
    seed: stage.seed,
    packing: { tokensPerMicroBatch: 2048, rowTokens: 224, bundleTokens: 0 },
    keepReference: false,
  });
  const resumeFrom = await loadCheckpoint(folder);
  if (resumeFrom !== undefined) log(`${stage.name}: going on from step ${resumeFrom.state.step}`);
  await trainSft({
    policy,
    source: { sampleAt: exampleAt },
    settings: { ...SETTINGS, seed: stage.seed, learningRate: stage.learningRate, steps: stage.steps },
    ...(resumeFrom === undefined ? {} : { resumeFrom }),
    sink: {
      recordStep: async (_record, checkpoint) => {
        if (checkpoint !== undefined) await saveCheckpoint(folder, checkpoint);
      },
    },
    hooks: {
      onProgress: ({ step, loss, gradNorm, tokensPerSecond, learningRate, state }) => {
        if (step % 10 !== 0) return;
        log(
          `${stage.name} ${step}/${stage.steps} loss ${loss.toFixed(4)} norm ${gradNorm.toFixed(2)} lr ${learningRate.toExponential(2)} ` +
            `${(state.tokens / 1e6).toFixed(2)} M tokens, ${tokensPerSecond.toFixed(0)} tokens/s`,
        );
      },
    },
  });
  const trained = policy.mergedParameters();
  policy.dispose();
  return trained;
}

/** Puts config, generation config and weights beside the tokenizer files that are already in the folder. */
async function writeModel(parameters: ReadonlyMap<string, Float32Tensor>, config: DecoderConfig, folder: string): Promise<void> {
  const staging = join(CACHE, "model");
  rmSync(staging, { recursive: true, force: true });
  const generationConfig = { do_sample: true, temperature: 1, eos_token_id: config.eosTokenIds[0] };
  const tokenizerFiles = ["tokenizer.json", "tokenizer_config.json"].map((name) => join(folder, name));
  await saveModelFolder(staging, { config, parameters, tokenizerFiles, generationConfig }, { dtype: "bfloat16" });
  for (const name of ["config.json", "generation_config.json", "model.safetensors"]) copyFileSync(join(staging, name), join(folder, name));
}

await main();
