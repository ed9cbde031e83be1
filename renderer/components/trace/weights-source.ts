// Which weights to load to repeat what a response's own weights did.

import type { WeightsSource } from "../../../shared/domain/generation.ts";
import type { TraceDetail } from "../../../shared/domain/trace-detail.ts";

/** Undefined where they are not stored. */
export function ownWeights({ runId, origin }: TraceDetail): WeightsSource | undefined {
  if (!origin.canRegenerate) return undefined;
  if (origin.weightsAfterStep === 0) return { type: "base", model: origin.baseModel };
  return { type: "checkpoint", runId, step: origin.weightsAfterStep };
}

export function describeWeights(source: WeightsSource | undefined): string {
  if (source === undefined) return "the run's newest stored weights";
  if (source.type === "base") return "the base model, which sampled this response";
  return `the weights after step ${source.step ?? "the last"}, which sampled this response`;
}
