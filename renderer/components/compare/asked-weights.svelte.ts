// Weights that are asked now: one job for all panes that have not spoken, their texts as they come, and where the answers are kept.

import type { Comparison, PaneSource } from "../../../shared/domain/comparison.ts";
import type { GenerationAsk, GenerationRequest } from "../../../shared/domain/generation.ts";
import { call, onEvent } from "../../lib/client.ts";
import { attempt, toasts } from "../../state/toasts.svelte.ts";
import { rememberAnswers, rememberedAnswers } from "./asked-answers.ts";

/** Events are hints and may be missed. */
const LOOK_EVERY_MS = 1500;

interface AskedPane {
  /** Names pane, prompt, seed and temperature. */
  readonly key: string;
  readonly ask: GenerationAsk;
}

/** For use while a component starts up. */
export class AskedWeights {
  readonly #answers = rememberedAnswers();
  #job = $state.raw<{ readonly id: number; readonly keys: readonly string[] }>();
  #texts = $state.raw<Readonly<Record<string, string>>>({});

  constructor() {
    $effect(() => {
      const job = this.#job;
      if (job === undefined) return;
      const ends = [
        onEvent("generation", ({ jobId, index, text }) => {
          const key = job.keys[index];
          if (jobId === job.id && key !== undefined) this.#texts = { ...this.#texts, [key]: text };
        }),
        onEvent("job", ({ jobId, status }) => {
          if (jobId === job.id && status !== "running") void attempt(() => this.#look(job));
        }),
      ];
      const timer = setInterval(() => void attempt(() => this.#look(job)), LOOK_EVERY_MS);
      return () => {
        clearInterval(timer);
        for (const end of ends) end();
      };
    });
  }

  get busy(): boolean {
    return this.#job !== undefined;
  }

  answer(key: string): PaneSource | undefined {
    return this.#answers.get(key);
  }

  /** What has been said so far, while it is being said. */
  textSoFar(key: string): string | undefined {
    return this.#texts[key];
  }

  /** `prompt` from what is compared: its record, else one of the rollouts that answered it. */
  async ask(
    { recordId, datasetId, panes }: Pick<Comparison, "recordId" | "datasetId" | "panes">,
    asked: readonly AskedPane[],
    sampling: Pick<GenerationRequest, "temperature" | "maxNewTokens">,
  ): Promise<void> {
    if (asked.length === 0 || this.busy) return;
    const rolloutId = panes.map(({ response }) => response?.rolloutId ?? null).find((id) => id !== null);
    const prompt =
      datasetId !== null
        ? ({ type: "record", datasetId, recordId } as const)
        : rolloutId === undefined || rolloutId === null
          ? undefined
          : ({ type: "rollout", rolloutId } as const);
    if (prompt === undefined) {
      toasts.show("The text of this prompt is not stored, so nobody can be asked.", { tone: "fail" });
      return;
    }
    const started = await attempt(() => call("models.generate", { prompt, asks: asked.map(({ ask }) => ask), ...sampling }));
    if (started !== undefined) this.#job = { id: started.jobId, keys: asked.map(({ key }) => key) };
  }

  readonly cancel = async (): Promise<void> => {
    const job = this.#job;
    if (job !== undefined) await attempt(() => call("jobs.cancel", { jobId: job.id }));
  };

  async #look(job: { readonly id: number; readonly keys: readonly string[] }): Promise<void> {
    const { status, error } = await call("jobs.get", { jobId: job.id });
    if (this.#job !== job || status === "queued" || status === "running") return;
    this.#job = undefined;
    this.#texts = {};
    if (error !== null) toasts.show(error.message, { tone: "fail" });
    else if (status === "finished") {
      for (const [index, key] of job.keys.entries()) this.#answers.set(key, { type: "generated", jobId: job.id, index });
      rememberAnswers(this.#answers);
    }
  }
}
