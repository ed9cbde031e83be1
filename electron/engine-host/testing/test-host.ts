// A host without sockets or windows for tests: an open workspace, a real engine process, and everything it published.

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { EventPayloads, Topic } from "../../../shared/contract/events.ts";
import { createJob, getJob, type Job } from "../../storage/jobs.ts";
import type { WriteConnection } from "../../storage/connection.ts";
import type { JobId } from "../../storage/ids.ts";
import { openWorkspace } from "../../storage/open-workspace.ts";
import type { EngineClient } from "../engine-client.ts";
import { nodeEngineLauncher, type EngineProcess, type LaunchEngine } from "../engine-process.ts";
import type { JobArguments } from "../job-arguments.ts";
import { limitEvents } from "../limit-events.ts";
import { openWorkspaceEngine } from "../workspace-engine.ts";

export interface SaidEvent {
  readonly topic: Topic;
  readonly payload: EventPayloads[Topic];
}

export interface TestHost {
  readonly db: WriteConnection;
  readonly engine: EngineClient;
  readonly said: SaidEvent[];
  /** Activities of the job in work, as the engine said them, newest last. */
  readonly activities: string[];
  /** Processes that were started, oldest first. */
  readonly processes: EngineProcess[];
  /** Puts a job into the queue and wakes the engine. */
  readonly start: (job: JobArguments, runId?: number) => JobId;
  /** Waits for what `look` finds. */
  readonly until: <Found>(look: () => Found | undefined | false, what?: string) => Promise<Found>;
  readonly ended: (id: JobId) => Promise<Job>;
  /** As the user ends the workbench. */
  readonly close: () => Promise<void>;
  /** As if the host had been killed: nobody is told, the engine is gone. */
  readonly vanish: () => void;
}

const PATIENCE_MS = 120_000;
export const SLOW_ENGINE = join(import.meta.dirname, "slow-engine.ts");

export function openTestHost(
  workspaceFile: string,
  launch: LaunchEngine = nodeEngineLauncher(SLOW_ENGINE),
  readSecret: (name: string) => Promise<string | undefined> = () => Promise.resolve(undefined),
): TestHost {
  const db = openWorkspace(workspaceFile, { create: true });
  const said: SaidEvent[] = [];
  const activities: string[] = [];
  const processes: EngineProcess[] = [];
  let gone = false;
  const engine = openWorkspaceEngine({
    workspace: { path: workspaceFile, readOnly: false, db, write: (body) => body(db) },
    launch: (file, listeners) => {
      const started = launch(file, {
        ...listeners,
        onMessage: (message) => {
          if (message.type === "event" && message.topic === "job") activities.push(message.payload.activity);
          listeners.onMessage(message);
        },
        onExit: (how, clean) => {
          if (!gone) listeners.onExit(how, clean);
        },
      });
      processes.push(started);
      return started;
    },
    publish: limitEvents((topic, payload) => said.push({ topic, payload })),
    readSecret,
  });
  const until: TestHost["until"] = async (look, what = "something") => {
    const startMs = performance.now();
    for (;;) {
      const found = look();
      if (found !== undefined && found !== false) return found;
      if (performance.now() - startMs > PATIENCE_MS) throw new Error(`waited in vain for ${what}: ${JSON.stringify(engine.condition())}`);
      await sleep(10);
    }
  };
  return {
    db,
    engine,
    said,
    activities,
    processes,
    start: (job, runId) => {
      const id = createJob(db, { kind: job.kind, arguments: job, ...(runId === undefined ? {} : { runId: runId as never }) });
      engine.wake();
      return id;
    },
    until,
    ended: (id) =>
      until(() => {
        const job = getJob(db, id);
        return !["queued", "running"].includes(job.status) && job;
      }, `the end of job ${id}`),
    close: async () => {
      await engine.close(60_000);
      db.close();
    },
    vanish: () => {
      gone = true;
      processes.at(-1)?.kill();
      db.close();
    },
  };
}
