// The sampled tokens of one rollout with their numbers, and, where the model's tokenizer is at hand and still the same, their text and
// the place of each in the response.

import type { TraceTokens } from "../../shared/domain/trace-detail.ts";
import { isWorkbenchError } from "../../shared/errors.ts";
import { tokenizerFingerprint } from "../engine/model/hf-folder.ts";
import { Tokenizer } from "../engine/tokenizer/tokenizer.ts";
import type { ReadConnection } from "../storage/connection.ts";
import type { RolloutId } from "../storage/ids.ts";
import { getRollout } from "../storage/rollouts.ts";
import { getRun } from "../storage/runs.ts";
import { modelFolder } from "./resource-paths.ts";

/** Throws "not-found". */
export async function traceTokens(db: ReadConnection, id: RolloutId): Promise<TraceTokens> {
  const rollout = getRollout(db, id);
  const { baseModel, tokenizerHash } = getRun(db, rollout.runId);
  const { oldLogProbs, refLogProbs, logProbs } = rollout;
  const trainer = oldLogProbs ?? logProbs;
  return {
    tokenIds: Array.from(rollout.tokenIds),
    ...(await texts(modelFolder(baseModel), tokenizerHash, Array.from(rollout.tokenIds), rollout.text)),
    logProbs: Array.from(logProbs),
    trainerLogProbs: oldLogProbs === undefined ? null : Array.from(oldLogProbs),
    referenceLogProbs: refLogProbs === undefined ? null : Array.from(refLogProbs),
    entropies: rollout.entropies === undefined ? null : Array.from(rollout.entropies),
    kl: refLogProbs === undefined ? null : Array.from(refLogProbs, (reference, i) => k3(reference, trainer[i] as number)),
    ratio: oldLogProbs === undefined ? null : Array.from(oldLogProbs, (old, i) => Math.exp(old - (logProbs[i] as number))),
  };
}

/** Estimate of the divergence from the reference, never negative. */
function k3(reference: number, policy: number): number {
  const difference = reference - policy;
  return Math.max(0, Math.expm1(difference) - difference);
}

type Texts = Pick<TraceTokens, "ranges" | "pieces" | "piecesMissing">;

async function texts(folder: string, tokenizerHash: string, ids: readonly number[], text: string): Promise<Texts> {
  try {
    if ((await tokenizerFingerprint(folder)) !== tokenizerHash) {
      return { ranges: null, pieces: null, piecesMissing: "The tokenizer in the model's folder is no longer the one of the run." };
    }
    const tokenizer = await Tokenizer.load(folder);
    const pieces = ids.map((id) => tokenizer.decode([id]));
    return { ranges: rangesOf(tokenizer, ids, text), pieces, piecesMissing: null };
  } catch (error) {
    if (!isWorkbenchError(error)) throw error;
    return { ranges: null, pieces: null, piecesMissing: `The model's tokenizer cannot be read: ${error.message}` };
  }
}

/** What the tokens say stands at the end of the text, after the pre-fill; null where it does not, so that no place is made up. */
export function rangesOf(tokenizer: Tokenizer, ids: readonly number[], text: string): (readonly [number, number])[] | null {
  const decoder = tokenizer.streamDecoder({ skipSpecialTokens: true });
  const said: string[] = [];
  for (const id of ids) said.push(tokenizer.specialIds.has(id) ? "" : decoder.push(id));
  const last = ids.findLastIndex((id) => !tokenizer.specialIds.has(id));
  if (last >= 0) said[last] = `${said[last] ?? ""}${decoder.flush()}`;
  const whole = said.join("");
  if (!text.endsWith(whole)) return null;
  let at = text.length - whole.length;
  return said.map((piece) => [at, (at += piece.length)] as const);
}
