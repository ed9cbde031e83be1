// Behaviour cloning against drift: which expert demonstrations accompany an update, and their weights in the loss. One expert
// goes with each policy micro-step (arXiv 2506.01413); the loss is coefficient x mean over experts of the token mean.

import type { DataOrder } from "./data-order.ts";
import type { LossSample } from "./policy-model.ts";
import type { SftExample } from "./sft.ts";

export interface ExpertSource {
  readonly size: number;
  /** Pure function of the index. */
  expertAt(index: number): SftExample;
}

export interface ExpertSelection {
  readonly experts: readonly SftExample[];
  /** Cursor of the independent order after this update. */
  readonly position: number;
}

/** The next `count` experts of the independent order, from an explicit cursor. */
export function nextExperts(source: ExpertSource, order: DataOrder, position: number, count: number): ExpertSelection {
  const experts = Array.from({ length: count }, (_, i) => source.expertAt(order.indexAt(position + i)));
  return { experts, position: position + count };
}

/** Same-prompt pairing: the experts of the update's own prompts in turn; prompts without one are passed over. */
export function pairedExperts(ownExperts: readonly (SftExample | undefined)[], count: number): readonly SftExample[] {
  const available = ownExperts.filter((expert) => expert !== undefined);
  if (available.length === 0) return [];
  return Array.from({ length: count }, (_, i) => available[i % available.length] as SftExample);
}

/**
 * Loss samples of the experts of one update: each token weighs coefficient / (experts x its own token count). `all` clones the
 * prompt too, except its first token, which nothing predicts.
 */
export function cloningLossSamples(
  experts: readonly SftExample[],
  settings: { readonly coefficient: number; readonly tokens: "response" | "all" },
): LossSample[] {
  return experts.map((expert) => {
    const all = settings.tokens === "all";
    const promptIds = all ? expert.promptIds.slice(0, 1) : expert.promptIds;
    const responseIds = all ? [...expert.promptIds.slice(1), ...expert.responseIds] : expert.responseIds;
    const weight = settings.coefficient / (experts.length * responseIds.length);
    return { promptIds, responseIds, advantage: 0, cloningWeights: new Float32Array(responseIds.length).fill(weight) };
  });
}
