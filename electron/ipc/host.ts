// A host put together: the own workspace, the one engine process on it, events, and the dispatch of calls. Electron and served mode
// differ in what they hand over here and in how they carry calls and events to the interface.

import { WorkbenchError } from "../../shared/errors.ts";
import type { EngineClient } from "../engine-host/engine-client.ts";
import type { LaunchEngine } from "../engine-host/engine-process.ts";
import { openWorkspaceEngine } from "../engine-host/workspace-engine.ts";
import { EXAMPLE_REQUEST, exampleEvaluations } from "../services/example-run.ts";
import { isUntouched, setExampleJob } from "../services/workspace-info.ts";
import { allHandlers } from "./all-handlers.ts";
import { createDispatch, type Dispatch } from "./dispatch.ts";
import { enqueueJob } from "./enqueue-job.ts";
import { createDownloads } from "./downloads.ts";
import { RunningChanges } from "./running-changes.ts";
import { createEventPublisher, type EventListener } from "./event-publisher.ts";
import { HUB_TOKEN_NAME } from "./downloads.ts";
import type { Dialogs, HostContext, SecretStore } from "./host-context.ts";
import type { RunAside } from "./side-task.ts";
import { tidyUp } from "./tidy-up.ts";
import { openWorkspaces } from "./workspaces.ts";

export interface HostOptions {
  readonly surface: HostContext["surface"];
  /** The user's own workspace; made when absent. */
  readonly workspaceFile: string;
  readonly launchEngine: LaunchEngine;
  readonly runAside: RunAside;
  readonly dialogs: Dialogs;
  readonly secrets: SecretStore;
  /** Sees bugs with their stack; users see "internal-error". */
  /** Train a small example in a workspace in which nothing was ever done. */
  readonly example: boolean;
  readonly onBug: (where: string, error: unknown) => void;
}

export interface Host {
  readonly dispatch: Dispatch;
  /** Returns what ends the subscription. */
  readonly subscribe: (listener: EventListener) => () => void;
  readonly context: HostContext;
  readonly engine: EngineClient;
  /** Pauses what trains, waits for the engine to leave, closes the workspace. */
  readonly close: (graceMs?: number) => Promise<void>;
}

const CLOSING_GRACE_MS = 60_000;

/** Throws what opening the workspace throws. Work that was waiting when the last host left goes on. */
export function openHost(options: HostOptions): Host {
  const { surface, dialogs, secrets, runAside } = options;
  const workspaces = openWorkspaces(options.workspaceFile);
  const events = createEventPublisher();
  const engine = openWorkspaceEngine({
    workspace: workspaces.own,
    launch: options.launchEngine,
    publish: events.publish,
    readSecret: secrets.read,
  });
  const downloads = createDownloads({ workspaces, secrets, publish: events.publish });
  const context: HostContext = {
    downloads,
    surface,
    get workspace() {
      return workspaces.shown();
    },
    workspaces,
    engine,
    publish: events.publish,
    dialogs,
    secrets,
    changes: new RunningChanges(),
    runAside,
  };
  if (options.example && isUntouched(workspaces.own.db)) startExample(context);
  const stopTidyingUp = tidyUp(workspaces.own);
  return {
    dispatch: createDispatch(allHandlers, context, options.onBug),
    subscribe: events.subscribe,
    context,
    engine,
    close: async (graceMs = CLOSING_GRACE_MS) => {
      stopTidyingUp();
      await downloads.close();
      await engine.close(graceMs);
      workspaces.close();
    },
  };
}

/** The number of the run that a workspace without runs gives next. */
const FIRST_RUN_ID = 1;

function startExample(context: HostContext): void {
  const { jobId } = enqueueJob(context, { kind: "train", request: EXAMPLE_REQUEST });
  context.workspaces.own.write((db) => setExampleJob(db, jobId));
  for (const request of exampleEvaluations(FIRST_RUN_ID)) enqueueJob(context, { kind: "evaluate", request });
}

/** Where no dialogs can be shown; the interface asks for a path as text instead. */
export const noDialogs: Dialogs = {
  openFile: unsupported,
  openFolder: unsupported,
  saveFile: unsupported,
};

/** Where the system offers no place for secrets: in memory, until this process ends. The hub's token may also come from the environment. */
export function sessionSecrets(): SecretStore {
  const kept = new Map<string, string>();
  return {
    lasting: false,
    isAvailable: async () => true,
    names: () => [...kept.keys()].sort(),
    read: async (name) => kept.get(name) ?? (name === HUB_TOKEN_NAME ? process.env["HF_TOKEN"] : undefined),
    set: async (name, value) => {
      if (value === null) kept.delete(name);
      else kept.set(name, value);
    },
  };
}

async function unsupported(): Promise<never> {
  throw new WorkbenchError("unsupported", "there are no file dialogs here", { hint: "Give the path as text." });
}
