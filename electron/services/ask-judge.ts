// One question put to a judge, to see whether it is there and what it says. Remembers nothing.

import type { JudgeVerdict } from "../engine/rewards/leaf-checks.ts";
import { DEFAULT_CONFIG } from "../engine/grpo/config.ts";
import { openJudge } from "./judging.ts";

export interface JudgeRequest {
  /** local:<folder> or endpoint:<url>#<model>. */
  readonly judge: string;
  readonly question: string;
  readonly answer: string;
  /** What was answered; default: nothing that matters. */
  readonly prompt?: string;
}

/** Throws "invalid-config" for what names no judge, and what opening and asking it throws. */
export async function askJudge({ judge: name, question, answer, prompt = "" }: JudgeRequest, signal?: AbortSignal): Promise<JudgeVerdict> {
  const judge = await openJudge({ ...DEFAULT_CONFIG.judge, model: name }, { signal });
  try {
    const [verdict] = await judge.ask([{ messages: [{ role: "user", content: prompt }], answer, question }], signal);
    if (verdict === undefined) throw new Error("the judge gave no verdict");
    return verdict;
  } finally {
    await judge.dispose();
  }
}
