// What every handler is given: the open workspace, the engine, events and dialogs. Electron and served mode each make one; a
// handler knows neither.

import type { EventPayloads, Topic } from "../../shared/contract/events.ts";
import type { EngineClient } from "../engine-host/engine-client.ts";
import type { ReadConnection, WriteConnection } from "../storage/connection.ts";

export interface HostContext {
  readonly surface: "desktop" | "served";
  readonly workspace: WorkspaceAccess;
  readonly engine: EngineClient;
  readonly publish: <Name extends Topic>(topic: Name, payload: EventPayloads[Name]) => void;
  readonly dialogs: Dialogs;
}

/** The workspace that is open now. */
export interface WorkspaceAccess {
  readonly path: string;
  /** Nothing may be written, and no engine runs on it. */
  readonly readOnly: boolean;
  /** For queries; it sees what the engine commits. */
  readonly db: ReadConnection;
  /** One short write transaction, beside a running engine. Throws "read-only" where the workspace is. */
  readonly write: <Outcome>(body: (db: WriteConnection) => Outcome) => Outcome;
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
