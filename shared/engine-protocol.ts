// What the host and the one engine process of a workspace say to each other. Jobs themselves are not in here: they lie in the
// workspace's jobs table, so that they survive both processes; messages only say that there is something to look at.

import type { EventPayloads, Topic } from "./contract/events.ts";
import type { Failure } from "./result.ts";

export type ToEngine =
  /** There may be a new job. */
  | { readonly type: "wake" }
  /** End the run's training behind the step in work, with a checkpoint. */
  | { readonly type: "end-run"; readonly runId: number; readonly how: "pause" | "stop" }
  /** Drop the job as soon as possible. */
  | { readonly type: "cancel"; readonly jobId: number }
  /** Answers "ask-secret"; null where there is none of this name. */
  | { readonly type: "secret"; readonly name: string; readonly value: string | null }
  /** Pause what trains, then leave. */
  | { readonly type: "shut-down" };

export type EngineEvent = {
  readonly [Name in Topic]: { readonly type: "event"; readonly topic: Name; readonly payload: EventPayloads[Name] };
}[Topic];

export type FromEngine =
  /** The workspace is open and locked. */
  | { readonly type: "ready" }
  | { readonly type: "working"; readonly jobId: number }
  | { readonly type: "idle" }
  | { readonly type: "memory"; readonly residentBytes: number }
  /** It needs a secret of the host's store to go on. */
  | { readonly type: "ask-secret"; readonly name: string }
  | EngineEvent
  /** It could not start; it exits after this. */
  | { readonly type: "refused"; readonly failure: Failure };
