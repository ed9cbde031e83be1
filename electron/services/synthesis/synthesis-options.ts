// A synthesis as a command line words it, turned into a request.

import { synthesisRequestSchema, type SynthesisRequest } from "../../../shared/domain/synthesis.ts";
import { WorkbenchError } from "../../../shared/errors.ts";
import { parseMix } from "../../engine/synthesis/mix.ts";
import { changedPrompts } from "./prompts.ts";

export interface SynthesisOptions {
  readonly count: number;
  readonly mix?: string;
  readonly seed: number;
  readonly templateOnly?: boolean;
  readonly endpoint?: string;
  readonly model?: string;
  readonly keyEnv?: string;
  readonly concurrency?: number;
  readonly timeout?: number;
  readonly local?: string;
  readonly tokenBudget?: number;
  readonly maxSamples?: number;
  readonly maxAnswerTokens?: number;
  readonly questions?: number;
  readonly seeds?: string;
  /** Folder. */
  readonly prompts?: string;
  readonly avoid?: readonly string[];
}

/** Throws "invalid-argument", and what reading the prompts throws. */
export async function synthesisRequestOf(options: SynthesisOptions): Promise<SynthesisRequest> {
  const { mix, prompts, avoid = [], count, seed, tokenBudget, maxSamples, maxAnswerTokens, questions, seeds } = options;
  const request = synthesisRequestSchema.safeParse({
    count,
    seed,
    avoid,
    source: sourceOf(options),
    ...(mix === undefined ? {} : { mix: parseMix(mix) }),
    ...(prompts === undefined ? {} : { prompts: await changedPrompts(prompts) }),
    ...Object.fromEntries(
      Object.entries({ tokenBudget, maxSamples, maxAnswerTokens, questions, seeds }).filter(([, value]) => value !== undefined),
    ),
  });
  if (request.success) return request.data;
  const [issue] = request.error.issues;
  throw new WorkbenchError("invalid-argument", "the synthesis cannot be done like this", {
    where: issue?.path.join(".") ?? "",
    expected: issue?.message ?? "a valid request",
  });
}

function sourceOf({ templateOnly, endpoint, model, keyEnv, concurrency, timeout, local }: SynthesisOptions): Record<string, unknown> {
  const given = [templateOnly === true, endpoint !== undefined, local !== undefined].filter(Boolean).length;
  if (given !== 1) {
    throw new WorkbenchError("invalid-argument", "who writes the instructions is not clear", {
      expected: "one of --template-only, --endpoint with --model, --local",
      got: `${given} of them`,
    });
  }
  if (templateOnly === true) return { type: "templates" };
  if (local !== undefined) return { type: "local", model: local };
  if (model === undefined) throw new WorkbenchError("invalid-argument", "the endpoint's model is missing", { expected: "--model NAME" });
  return {
    type: "endpoint",
    baseUrl: endpoint,
    model,
    ...(keyEnv === undefined ? {} : { keyVariable: keyEnv }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout * 1000 }),
  };
}
