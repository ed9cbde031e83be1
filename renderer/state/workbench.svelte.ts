// What the frame shows everywhere: the workbench, its device and engine, and the run in work. Follows events; reads again by query.

import type { AppInfo } from "../../shared/contract/app.ts";
import type { EngineCondition, EventPayloads } from "../../shared/contract/events.ts";
import type { JobSummary } from "../../shared/domain/job.ts";
import { call, onEvent } from "../lib/client.ts";

const REREAD_MS = 10_000;

class Workbench {
  #info = $state.raw<AppInfo>();
  #engine = $state.raw<EngineCondition>();
  #run = $state.raw<EventPayloads["run"]>();
  #queue = $state.raw<readonly JobSummary[]>([]);

  get info(): AppInfo | undefined {
    return this.#info;
  }

  get engine(): EngineCondition | undefined {
    return this.#engine;
  }

  /** The newest word on a run that is going. */
  get run(): EventPayloads["run"] | undefined {
    return this.#run?.status === "running" ? this.#run : undefined;
  }

  /** The job in work and those that wait. */
  get queue(): readonly JobSummary[] {
    return this.#queue;
  }

  readonly reload = async (): Promise<void> => {
    try {
      const [info, queue] = await Promise.all([call("app.info", {}), call("jobs.queue", {})]);
      this.#info = info;
      this.#engine = info.engine;
      this.#queue = queue;
    } catch {
      // The connection banner says that the host is away; it is asked again.
    }
  };

  /** For as long as the frame stands; returns what ends it. */
  follow(): () => void {
    void this.reload();
    const timer = setInterval(() => void this.reload(), REREAD_MS);
    const ends = [
      onEvent("engine", (engine) => {
        this.#engine = engine;
        void this.reload();
      }),
      onEvent("run", (run) => {
        this.#run = run;
      }),
      onEvent("job", ({ jobId, status, fraction, activity }) => {
        const known = this.#queue.find((job) => job.id === jobId);
        if (known === undefined || known.status !== status) void this.reload();
        else this.#queue = this.#queue.map((job) => (job.id === jobId ? { ...job, fraction, activity } : job));
      }),
      onEvent("workspace", () => void this.reload()),
    ];
    return () => {
      clearInterval(timer);
      for (const end of ends) end();
    };
  }
}

export const workbench = new Workbench();
