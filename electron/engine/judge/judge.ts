// What a judge is: something that answers yes/no questions about answers. The two there are: a local model (local-judge.ts) and an
// OpenAI-compatible endpoint (services/endpoint). Remembering what was said is the services' business.

import type { JudgeQuestion, JudgeVerdict } from "../rewards/leaf-checks.ts";

export interface Judge {
  /** Names exactly what answers: a model's hash, or an endpoint and its model. Part of the key a verdict is remembered by. */
  readonly identity: string;
  /** Batches that may be asked at the same time. */
  readonly concurrency: number;
  /**
   * Which questions are asked in one go, as indices; every index once. A function of the questions alone: whether some of them are
   * known already must not change the company, and so the last bits, of the others.
   */
  plan(questions: readonly JudgeQuestion[]): readonly (readonly number[])[];
  /** In order. Throws WorkbenchError("cancelled"), "network-failed" and "unauthorised" (an endpoint), "prompt-too-long" (a model). */
  ask(questions: readonly JudgeQuestion[], signal?: AbortSignal): Promise<readonly JudgeVerdict[]>;
  dispose(): Promise<void>;
}
