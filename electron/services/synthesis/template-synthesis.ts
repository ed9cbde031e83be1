// Synthesis without a model: instructions from templates, each with a demonstration that passes its own checks.

import { setImmediate as yieldToEvents } from "node:timers/promises";
import type { InstructionRecord } from "../../../shared/domain/instruction.ts";
import type { MixPart, RejectedSample, SynthesisOutcome } from "../../../shared/domain/synthesis.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { scoreAnswer } from "../../engine/rewards/reward.ts";
import { drawTemplateRecords, TEMPLATES_VERSION } from "../../engine/synthesis/template-records.ts";
import { normalizedText } from "../../engine/synthesis/world/keys.ts";
import { sha256 } from "../../storage/hashing.ts";

export interface TemplateSynthesisRequest {
  readonly count: number;
  readonly mix: readonly MixPart[];
  readonly seed: number;
  /** Their prompts do not come again. */
  readonly avoid?: readonly InstructionRecord[];
}

export interface TemplateSynthesisHooks {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
  readonly onSample?: (sample: { readonly index: number; readonly record: InstructionRecord } | RejectedSample) => void;
}

const YIELD_EVERY = 20;

/** The same request gives the same records. Throws "cancelled". */
export async function synthesizeFromTemplates(
  request: TemplateSynthesisRequest,
  hooks: TemplateSynthesisHooks = {},
): Promise<SynthesisOutcome> {
  const { count, avoid = [] } = request;
  const texts = new Set(avoid.map(({ messages }) => normalizedText(messages.map(({ content }) => content).join("\n"))));
  const records: InstructionRecord[] = [];
  const rejected: RejectedSample[] = [];
  for (const { index, record } of drawTemplateRecords({ ...request, avoid: texts })) {
    const problem = demonstrationProblem(record);
    const failed = problem === undefined ? undefined : { index, stage: "self-check", reason: problem, sample: { ...record } };
    if (failed === undefined) records.push(record);
    else rejected.push(failed);
    hooks.onSample?.(failed ?? { index, record });
    if (index % YIELD_EVERY > 0) continue;
    hooks.onProgress?.(index + 1, count);
    await yieldToEvents();
    if (hooks.signal?.aborted === true) throw new WorkbenchError("cancelled", "the synthesis was cancelled");
  }
  hooks.onProgress?.(count, count);
  const drawn = records.length + rejected.length;
  const free = { requests: 0, cached: 0, promptTokens: 0, completionTokens: 0 };
  return {
    records,
    rejected,
    stages: [
      { name: "instructions", entered: count, passed: drawn, ...free },
      { name: "self-check", entered: drawn, passed: records.length, ...free },
    ],
    promptsHash: sha256(TEMPLATES_VERSION),
    shortfall: drawn === count ? null : `the templates have no more new instructions of ${count - drawn} of the shapes asked for`,
  };
}

function demonstrationProblem(record: InstructionRecord): string | undefined {
  if (record.expert === undefined) return undefined;
  const { passed, checks } = scoreAnswer(record.expert.answer, record);
  return passed === checks ? undefined : `the demonstration passes ${passed} of ${checks} checks`;
}
