// One job of the engine that this page asked for: waits for its end, hears what it says on the way, and hands over what came of it.

import type { JobResult, JobSummary } from "../../shared/domain/job.ts";
import { call, onEvent } from "../lib/client.ts";
import { attempt, toasts } from "./toasts.svelte.ts";

/** Events are hints and may be missed. */
const LOOK_EVERY_MS = 1500;

interface Hooks {
  readonly onResult: (result: JobResult | null) => void;
  readonly onText?: (text: string, tokens: number) => void;
}

/** For use while a component starts up. */
export class JobFollower {
  #jobId = $state<number>();
  #job = $state.raw<JobSummary>();

  constructor({ onResult, onText }: Hooks) {
    $effect(() => {
      const jobId = this.#jobId;
      if (jobId === undefined) return;
      const look = async (): Promise<void> => {
        const job = await call("jobs.get", { jobId });
        if (this.#jobId !== jobId) return;
        this.#job = job;
        if (job.status === "queued" || job.status === "running") return;
        const result = job.status === "finished" ? await call("jobs.result", { jobId }) : null;
        if (this.#jobId !== jobId) return;
        this.#jobId = undefined;
        if (job.error !== null) toasts.show(job.error.message, { tone: "fail" });
        onResult(result);
      };
      const ends = [
        onEvent("job", (event) => {
          if (event.jobId === jobId) void attempt(look);
        }),
        onEvent("generation", (event) => {
          if (event.jobId === jobId && event.index === 0) onText?.(event.text, event.tokens);
        }),
      ];
      const timer = setInterval(() => void attempt(look), LOOK_EVERY_MS);
      void attempt(look);
      return () => {
        clearInterval(timer);
        for (const end of ends) end();
      };
    });
  }

  get busy(): boolean {
    return this.#jobId !== undefined;
  }

  /** What the job is at, in a few words. */
  get activity(): string {
    if (this.#job === undefined || this.#job.status === "queued") return "waits for the engine";
    return this.#job.activity === "" ? "working" : this.#job.activity;
  }

  /** 0 to 1, null while unknown. */
  get fraction(): number | null {
    return this.#job?.fraction ?? null;
  }

  readonly follow = (jobId: number): void => {
    this.#job = undefined;
    this.#jobId = jobId;
  };

  readonly cancel = async (): Promise<void> => {
    const jobId = this.#jobId;
    if (jobId !== undefined) await attempt(() => call("jobs.cancel", { jobId }));
  };
}
