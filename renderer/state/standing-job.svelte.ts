// The newest job about a dataset or a synthesis, whoever asked for it: found again after a reload, followed while it goes on, and gone on
// with where it was cut off.

import type { InputOf } from "../../shared/contract/contract.ts";
import type { JobResult, JobSummary } from "../../shared/domain/job.ts";
import { call } from "../lib/client.ts";
import { JobFollower } from "./job-follower.svelte.ts";
import { attempt } from "./toasts.svelte.ts";

export class StandingJob {
  readonly #kind: InputOf<"jobs.newest">["kind"];
  readonly #about: () => number | undefined;
  readonly #follower: JobFollower;
  #last = $state.raw<JobSummary>();

  /** For use while a component starts up. `about` may read reactive state; undefined: there is nothing to look for. */
  constructor(
    kind: InputOf<"jobs.newest">["kind"],
    about: () => number | undefined,
    onResult: (result: JobResult | null) => void = () => undefined,
  ) {
    this.#kind = kind;
    this.#about = about;
    this.#follower = new JobFollower({
      onResult: (result) => {
        void this.#look();
        onResult(result);
      },
    });
    $effect(() => {
      void this.#about();
      this.#last = undefined;
      void this.#look();
    });
  }

  get busy(): boolean {
    return this.#follower.busy;
  }
  get activity(): string {
    return this.#follower.activity;
  }
  get fraction(): number | null {
    return this.#follower.fraction;
  }
  /** The last one, where it did not come to its end. */
  get cutOff(): JobSummary | undefined {
    const { status } = this.#last ?? {};
    return !this.busy && (status === "interrupted" || status === "failed" || status === "cancelled") ? this.#last : undefined;
  }

  /** A job that was just asked for. */
  readonly follow = (jobId: number): void => {
    this.#last = undefined;
    this.#follower.follow(jobId);
  };

  readonly cancel = (): Promise<void> => this.#follower.cancel();

  /** The same work once more; what is kept of it is not done again. */
  readonly goOn = async (): Promise<void> => {
    const jobId = this.cutOff?.id;
    if (jobId === undefined) return;
    const started = await attempt(() => call("jobs.again", { jobId }));
    if (started !== undefined) this.follow(started.jobId);
  };

  async #look(): Promise<void> {
    const about = this.#about();
    if (about === undefined) return;
    const job = await attempt(() => call("jobs.newest", { kind: this.#kind, about }));
    if (job === undefined || job === null || about !== this.#about()) return;
    this.#last = job;
    if (!this.busy && (job.status === "queued" || job.status === "running")) this.#follower.follow(job.id);
  }
}
