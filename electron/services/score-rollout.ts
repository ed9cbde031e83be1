// Per-token numbers of a stored rollout under chosen weights: log-probability, entropy, and the base model's log-probability,
// all of softmax(logits / temperature) with the run's own temperature. From whole logits, so for texts of ordinary length.

import type { TokenScores, WeightsSource } from "../../shared/domain/generation.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import { trainingConfigSchema } from "../engine/grpo/config.ts";
import { sequenceLogits } from "../engine/model/logits-graph.ts";
import type { ModelContents } from "../engine/model/hf-folder.ts";
import type { ReadConnection } from "../storage/connection.ts";
import type { RolloutId, RunId } from "../storage/ids.ts";
import { getRollout } from "../storage/rollouts.ts";
import { getRun } from "../storage/runs.ts";
import { loadBaseModel } from "./base-model.ts";
import { parametersSha256 } from "./evaluation-subject.ts";
import { modelFolder } from "./resource-paths.ts";
import { baseFormat, loadTrainedModel } from "./trained-model.ts";

/** Default source: the run's newest checkpoint. Throws "not-found", "cancelled", and what loading models and running them throws. */
export async function scoreRollout(
  db: ReadConnection,
  rolloutId: number,
  source: WeightsSource | undefined,
  signal: AbortSignal | undefined,
): Promise<TokenScores> {
  const rollout = getRollout(db, rolloutId as RolloutId);
  const run = getRun(db, rollout.runId);
  const config = trainingConfigSchema.parse(run.config);
  const { temperature } = config;
  const base = await loadBaseModel(modelFolder(run.baseModel), signal, baseFormat(config));
  const { contents, hash, step } = await weights(db, source ?? { type: "checkpoint", runId: run.id }, signal);
  const ids = [...rollout.promptIds, ...rollout.tokenIds];
  const score = (model: ModelContents): Promise<Scores> => scoreTokens(model, ids, rollout.promptIds.length, temperature);
  const current = await score(contents);
  if (signal?.aborted === true) throw new WorkbenchError("cancelled", "scoring was cancelled");
  const reference = await score(base);
  return {
    rolloutId,
    tokens: Array.from(rollout.tokenIds, (id) => base.tokenizer.decode([id], { skipSpecialTokens: false })),
    logProbs: current.logProbs,
    refLogProbs: reference.logProbs,
    entropies: current.entropies,
    modelHash: hash,
    step,
  };
}

async function weights(
  db: ReadConnection,
  source: WeightsSource,
  signal: AbortSignal | undefined,
): Promise<{ readonly contents: ModelContents; readonly hash: string; readonly step: number | null }> {
  if (source.type === "base") {
    const contents = await loadBaseModel(modelFolder(source.model), signal);
    return { contents, hash: contents.fingerprints.model, step: null };
  }
  const trained = await loadTrainedModel(db, source.runId as RunId, { step: source.step, signal });
  return { contents: trained, hash: parametersSha256(trained.parameters), step: trained.step };
}

interface Scores {
  readonly logProbs: number[];
  readonly entropies: number[];
}

/** Token t is predicted by the logits one position before it. */
async function scoreTokens(model: ModelContents, ids: readonly number[], promptLength: number, temperature: number): Promise<Scores> {
  const { data } = await sequenceLogits(model.config, model.parameters, ids);
  const vocabulary = model.config.vocabSize;
  const logProbs: number[] = [];
  const entropies: number[] = [];
  for (let position = promptLength; position < ids.length; position++) {
    const row = data.subarray((position - 1) * vocabulary, position * vocabulary);
    let largest = -Infinity;
    for (const logit of row) largest = Math.max(largest, logit / temperature);
    let sum = 0;
    let weighted = 0;
    for (const logit of row) {
      const shifted = logit / temperature - largest;
      const weight = Math.exp(shifted);
      sum += weight;
      weighted += weight * shifted;
    }
    logProbs.push((row[ids[position] as number] as number) / temperature - largest - Math.log(sum));
    entropies.push(Math.log(sum) - weighted / sum);
  }
  return { logProbs, entropies };
}
