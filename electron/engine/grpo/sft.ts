// Supervised training: cross-entropy on response tokens through the same PolicyModel, checkpoint and cursor machinery as
// GRPO. Used for pre-training (endless source), the SFT baseline (finite source) and nothing else. It does not tokenise,
// read files or open databases: examples come from a source, results go to a sink.

import { WorkbenchError } from "../../../shared/errors.ts";
import { DataOrder } from "./data-order.ts";
import type { LossSample, PolicyModel, PolicyState } from "./policy-model.ts";
import { learningRateAt, type ScheduleSettings } from "./schedule.ts";

export interface SftExample {
  /** Id of the instruction record it demonstrates, where it has one. */
  readonly recordId?: string;
  readonly promptIds: readonly number[];
  readonly responseIds: readonly number[];
}

export interface SftSource {
  /** Number of examples, visited in a fresh seeded order every epoch; absent = endless stream, visited in order. */
  readonly size?: number;
  /** Must be a pure function of the index: resume asks again. */
  sampleAt(index: number): SftExample | Promise<SftExample>;
}

export interface SftSettings extends ScheduleSettings {
  readonly steps: number;
  readonly seed: number;
  /** A step takes examples while their tokens (prompt + response) fit; at least one. */
  readonly tokensPerStep: number;
  /** Longer examples are skipped and counted, never cut. */
  readonly maxSequenceTokens: number;
  /** Loss weight of prompt tokens relative to response tokens; 0 = response only. The first token is never predicted. */
  readonly promptLossWeight: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly adamEpsilon: number;
  readonly weightDecay: number;
  readonly maxGradNorm: number;
  /** 0 = only at the end. */
  readonly checkpointEverySteps: number;
  /** 0 = never. */
  readonly evaluateEverySteps: number;
}

export const SFT_DEFAULTS: Omit<SftSettings, "steps" | "seed"> = {
  learningRate: 1e-3,
  schedule: "cosine",
  minLearningRateRatio: 0.1,
  warmupUpdates: 20,
  tokensPerStep: 4096,
  maxSequenceTokens: 1024,
  promptLossWeight: 0,
  beta1: 0.9,
  beta2: 0.95,
  adamEpsilon: 1e-8,
  weightDecay: 0,
  maxGradNorm: 1,
  checkpointEverySteps: 100,
  evaluateEverySteps: 0,
};

/** Where a supervised run stands; with the policy state it is all a resume needs. */
export interface SftState {
  /** Completed steps. */
  readonly step: number;
  /** Examples consumed over all epochs, skipped ones included. */
  readonly position: number;
  readonly tokens: number;
  readonly skipped: number;
}

export interface SftCheckpoint {
  readonly state: SftState;
  readonly policy: PolicyState;
}

/** One finished step. Everything here is deterministic; timing is in SftProgress. */
export interface SftStepRecord {
  /** 1-based. */
  readonly step: number;
  /** Mean cross-entropy a weighted token, nats. */
  readonly loss: number;
  readonly learningRate: number;
  readonly gradNorm: number;
  readonly examples: number;
  /** Prompt + response tokens of the step. */
  readonly tokens: number;
  /** Tokens with a loss. */
  readonly lossTokens: number;
  /** Mean entropy over response tokens, nats. */
  readonly entropy: number;
  /** Most tokens of a micro-batch, where memory ran out. */
  readonly microBatchTokens?: number;
  readonly state: SftState;
}

export interface SftProgress extends SftStepRecord {
  readonly durationMs: number;
  readonly tokensPerSecond: number;
}

export interface SftSink {
  /** Called once a step, with the checkpoint when one is due; must store both or neither. */
  recordStep(record: SftStepRecord, checkpoint: SftCheckpoint | undefined): void | Promise<void>;
}

export interface SftHooks {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SftProgress) => void;
  /** After every evaluateEverySteps steps and after the last; the step is already stored. */
  readonly onEvaluate?: (state: SftState, policy: PolicyModel) => void | Promise<void>;
  readonly onPhase?: (phase: "update" | "save", step: number) => void | Promise<void>;
  /** Asked once a step, before it is stored; true: it is stored with a checkpoint and the training ends there. */
  readonly shouldStop?: () => boolean;
  /** Milliseconds, monotonic; for throughput only. */
  readonly now?: () => number;
}

export interface SftRun {
  readonly policy: PolicyModel;
  readonly source: SftSource;
  readonly settings: SftSettings;
  readonly sink: SftSink;
  readonly hooks?: SftHooks;
  /** Go on from here; the policy is set to the checkpoint's state. */
  readonly resumeFrom?: SftCheckpoint;
}

/** Trains to `settings.steps`, or until a hook says stop. Throws "cancelled" between steps (nothing half is stored) and "non-finite" from the policy. */
export async function trainSft(run: SftRun): Promise<SftState> {
  const { policy, source, settings, sink, hooks = {} } = run;
  const now = hooks.now ?? (() => performance.now());
  let state: SftState = run.resumeFrom?.state ?? { step: 0, position: 0, tokens: 0, skipped: 0 };
  if (run.resumeFrom !== undefined) await policy.importState(run.resumeFrom.policy);
  const order = source.size === undefined ? undefined : new DataOrder(settings.seed, "sft", source.size);
  while (state.step < settings.steps) {
    throwIfCancelled(hooks.signal);
    const startMs = now();
    await hooks.onPhase?.("update", state.step + 1);
    const batch = await nextBatch(source, order, settings, state.position);
    const record = await updateOnBatch(policy, settings, batch, state);
    throwIfCancelled(hooks.signal);
    state = record.state;
    await hooks.onPhase?.("save", state.step);
    const last = state.step === settings.steps || hooks.shouldStop?.() === true;
    const due = last || isMultiple(state.step, settings.checkpointEverySteps);
    await sink.recordStep(record, due ? { state, policy: await policy.exportState() } : undefined);
    const durationMs = now() - startMs;
    hooks.onProgress?.({ ...record, durationMs, tokensPerSecond: durationMs > 0 ? (record.tokens * 1000) / durationMs : 0 });
    if (hooks.onEvaluate !== undefined && (last || isMultiple(state.step, settings.evaluateEverySteps)))
      await hooks.onEvaluate(state, policy);
    if (last) break;
  }
  return state;
}

interface Batch {
  readonly examples: readonly SftExample[];
  readonly position: number;
  readonly tokens: number;
  readonly skipped: number;
}

async function nextBatch(source: SftSource, order: DataOrder | undefined, settings: SftSettings, from: number): Promise<Batch> {
  const examples: SftExample[] = [];
  let position = from;
  let tokens = 0;
  let skipped = 0;
  for (;;) {
    if (order !== undefined && examples.length === 0 && skipped >= order.size) {
      throw new WorkbenchError("prompt-too-long", "no example fits the sequence limit", {
        expected: `at most ${settings.maxSequenceTokens} tokens`,
        hint: "Raise maxSequenceTokens.",
      });
    }
    const example = await source.sampleAt(order === undefined ? position : order.indexAt(position));
    const length = example.promptIds.length + example.responseIds.length;
    const tooLong = length > settings.maxSequenceTokens || example.responseIds.length === 0;
    if (!tooLong && examples.length > 0 && tokens + length > settings.tokensPerStep) break;
    position += 1;
    if (tooLong) {
      skipped += 1;
      continue;
    }
    examples.push(example);
    tokens += length;
    if (tokens >= settings.tokensPerStep) break;
  }
  return { examples, position, tokens, skipped };
}

async function updateOnBatch(policy: PolicyModel, settings: SftSettings, batch: Batch, state: SftState): Promise<SftStepRecord> {
  const samples = cloningSamples(batch.examples, settings.promptLossWeight);
  const output = await policy.accumulate(samples);
  const learningRate = learningRateAt(settings, state.step, settings.steps);
  const { gradNorm } = await policy.update({
    learningRate,
    beta1: settings.beta1,
    beta2: settings.beta2,
    epsilon: settings.adamEpsilon,
    weightDecay: settings.weightDecay,
    maxGradNorm: settings.maxGradNorm,
  });
  let entropy = 0;
  let scored = 0;
  for (const row of output.entropies) {
    for (const value of row) entropy += value;
    scored += row.length;
  }
  return {
    step: state.step + 1,
    loss: output.loss,
    learningRate,
    gradNorm,
    examples: batch.examples.length,
    tokens: batch.tokens,
    lossTokens: samples.reduce((sum, sample) => sum + (sample.cloningWeights ?? []).filter((weight) => weight > 0).length, 0),
    entropy: scored === 0 ? 0 : entropy / scored,
    ...(policy.loweredMicroBatch === undefined ? {} : { microBatchTokens: policy.loweredMicroBatch }),
    state: {
      step: state.step + 1,
      position: batch.position,
      tokens: state.tokens + batch.tokens,
      skipped: state.skipped + batch.skipped,
    },
  };
}

/**
 * Weighted token-mean cross-entropy over all examples as loss samples. With a prompt weight the prompt moves into the
 * response (all but its first token, which nothing predicts).
 */
export function cloningSamples(examples: readonly SftExample[], promptLossWeight: number): LossSample[] {
  let total = 0;
  for (const example of examples) {
    total += example.responseIds.length + promptLossWeight * Math.max(0, example.promptIds.length - 1);
  }
  return examples.map((example) => {
    const cloned = promptLossWeight > 0 ? example.promptIds.slice(1) : [];
    const cloningWeights = new Float32Array(cloned.length + example.responseIds.length);
    cloningWeights.fill(promptLossWeight / total, 0, cloned.length);
    cloningWeights.fill(1 / total, cloned.length);
    const promptIds = promptLossWeight > 0 ? example.promptIds.slice(0, 1) : example.promptIds;
    return { promptIds, responseIds: [...cloned, ...example.responseIds], advantage: 0, cloningWeights };
  });
}

function isMultiple(step: number, every: number): boolean {
  return every > 0 && step % every === 0;
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new WorkbenchError("cancelled", "training was cancelled");
}
