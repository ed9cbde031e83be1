// What every handler is given: the workspace that is shown, the user's own one, the engine, events, dialogs and secrets. Electron
// and served mode each make one; a handler knows neither.

import type { EventPayloads, Topic } from "../../shared/contract/events.ts";
import type { EngineClient } from "../engine-host/engine-client.ts";
import type { Downloads } from "./downloads.ts";
import type { RunningChanges } from "./running-changes.ts";
import type { RunAside } from "./side-task.ts";
import type { WorkspaceAccess, Workspaces } from "./workspaces.ts";

export interface HostContext {
  readonly surface: "desktop" | "served";
  /** The workspace that is shown: the own one, or another that is only looked at. */
  readonly workspace: WorkspaceAccess;
  /** The user's own workspace and which one is shown. Preferences, drafts and jobs are always the own one's. */
  readonly workspaces: Workspaces;
  /** Works on the own workspace. */
  readonly engine: EngineClient;
  readonly publish: <Name extends Topic>(topic: Name, payload: EventPayloads[Name]) => void;
  readonly dialogs: Dialogs;
  readonly secrets: SecretStore;
  readonly downloads: Downloads;
  readonly changes: RunningChanges;
  /** Work that would block this process, done in one of its own. */
  readonly runAside: RunAside;
}

/**
 * Where the user picks files. Undefined when they gave up. Where there are no dialogs (served mode) each throws "unsupported",
 * and the page asks for a path as text instead.
 */
export interface Dialogs {
  readonly openFile: (question: { readonly title: string; readonly extensions: readonly string[] }) => Promise<string | undefined>;
  readonly openFolder: (question: { readonly title: string }) => Promise<string | undefined>;
  readonly saveFile: (question: { readonly title: string; readonly suggestedName: string }) => Promise<string | undefined>;
}

/** The system's own store where there is one, else this process's memory. Values go in and never come back through a call. */
export interface SecretStore {
  /** Survives the workbench. */
  readonly lasting: boolean;
  readonly isAvailable: () => Promise<boolean>;
  readonly names: () => readonly string[];
  /** Null removes it. Throws "unsupported" where nothing would keep it secret. */
  readonly set: (name: string, value: string | null) => Promise<void>;
  /** For the host's own use. */
  readonly read: (name: string) => Promise<string | undefined>;
}
