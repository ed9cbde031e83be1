// The host's side of the one engine process: starts it when there is work, passes wishes on, notices when it dies and says why.
// Loads no ONNX Runtime. What a death means for stored runs and jobs is the `onDeath` callback's business.

import type { EngineCondition } from "../../shared/contract/events.ts";
import type { FromEngine, ToEngine } from "../../shared/engine-protocol.ts";
import type { EngineProcess, LaunchEngine } from "./engine-process.ts";
import type { Publish } from "./limit-events.ts";

export interface EngineClientOptions {
  readonly workspaceFile: string;
  readonly launch: LaunchEngine;
  /** Gets everything the engine says; whoever passes it on limits it (limit-events.ts). */
  readonly publish: Publish;
  /** Undefined where there is none of this name. */
  readonly readSecret: (name: string) => Promise<string | undefined>;
  /** Stores that whatever ran was cut off for `reason`; gives the run that can be resumed, if any. Called before publishing; must not throw. */
  readonly onDeath: (reason: string) => { readonly interruptedRunId: number | null };
}

export interface EngineClient {
  readonly condition: () => EngineCondition;
  /** Resident memory of the process as it last said; null while it does not run. */
  readonly memoryBytes: () => number | null;
  /** There is a job in the queue: starts the process where it does not run. After a crash this is what starts it again. */
  readonly wake: () => void;
  /** False where no process runs. */
  readonly endRun: (runId: number, how: "pause" | "stop") => boolean;
  readonly cancel: (jobId: number) => boolean;
  /** Pauses what trains and waits for the process to leave, at most `graceMs`; then it is killed. */
  readonly close: (graceMs: number) => Promise<void>;
}

const KEPT_ERROR_LINES = 12;

export function createEngineClient({ workspaceFile, launch, publish, readSecret, onDeath }: EngineClientOptions): EngineClient {
  let engine: EngineProcess | undefined;
  let state: EngineCondition = { state: "stopped", jobId: null, reason: null, interruptedRunId: null };
  let memory: number | null = null;
  let errorOutput = "";
  let refusal: string | undefined;
  let closing = false;
  const waiting: (() => void)[] = [];

  const become = (next: Partial<EngineCondition>): void => {
    const before = JSON.stringify(state);
    state = { ...state, ...next };
    if (JSON.stringify(state) !== before) publish("engine", state);
  };

  const onMessage = (message: FromEngine): void => {
    switch (message.type) {
      case "ready":
      case "idle":
        become({ state: "idle", jobId: null });
        return;
      case "working":
        become({ state: "working", jobId: message.jobId });
        return;
      case "memory":
        memory = message.residentBytes;
        return;
      case "refused":
        refusal = message.failure.message;
        return;
      case "ask-secret":
        void tellSecret(message.name);
        return;
      case "event":
        publish(message.topic, message.payload);
        return;
    }
  };

  const onExit = (how: string, clean: boolean): void => {
    engine = undefined;
    memory = null;
    if (clean && refusal === undefined) {
      become({ state: "stopped", jobId: null });
    } else {
      const reason = refusal ?? [`The engine ended with ${how}.`, ...lastWords(errorOutput)].join("\n");
      const { interruptedRunId } = refusal === undefined ? onDeath(reason) : { interruptedRunId: null };
      become({ state: "crashed", jobId: null, reason, interruptedRunId });
    }
    for (const done of waiting.splice(0)) done();
  };

  const start = (): EngineProcess => {
    errorOutput = "";
    refusal = undefined;
    become({ state: "starting", jobId: null, reason: null, interruptedRunId: null });
    return launch(workspaceFile, {
      onMessage,
      onExit,
      onErrorOutput: (text) => (errorOutput = (errorOutput + text).slice(-20_000)),
    });
  };

  const tell = (message: ToEngine): boolean => {
    engine?.send(message);
    return engine !== undefined;
  };

  /** A store that cannot be read has no secret; whoever asked then says what is missing. */
  const tellSecret = async (name: string): Promise<void> => {
    const value = await readSecret(name).catch(() => undefined);
    tell({ type: "secret", name, value: value ?? null });
  };

  return {
    condition: () => state,
    memoryBytes: () => memory,
    wake: () => {
      if (closing) return;
      if (engine === undefined) engine = start();
      else tell({ type: "wake" });
    },
    endRun: (runId, how) => tell({ type: "end-run", runId, how }),
    cancel: (jobId) => tell({ type: "cancel", jobId }),
    close: async (graceMs) => {
      closing = true;
      if (engine === undefined) return;
      const gone = new Promise<void>((resolve) => waiting.push(resolve));
      tell({ type: "shut-down" });
      const timer = setTimeout(() => engine?.kill(), graceMs);
      await gone;
      clearTimeout(timer);
    },
  };
}

/** The last lines of what a process said, and before them the error that they belong to. */
function lastWords(errorOutput: string): string[] {
  const lines = errorOutput.split("\n").filter((line) => line.trim() !== "");
  const last = lines.slice(-KEPT_ERROR_LINES);
  const error = lines.slice(0, -KEPT_ERROR_LINES).findLast((line) => /^\w*Error\b/.test(line));
  return error === undefined ? last : [error, ...last];
}
