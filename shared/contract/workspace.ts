// Calls about the workspace file: what is in it, and taking runs or all of it elsewhere.

import { z } from "zod";
import { defineCall } from "./call.ts";
import { pathSchema } from "./models.ts";
import { runIdSchema } from "./runs.ts";

export interface WorkspaceInfo {
  readonly path: string;
  readonly name: string;
  readonly readOnly: boolean;
  readonly sizeBytes: number;
  readonly diskFreeBytes: number;
  readonly runs: number;
  readonly rollouts: number;
  readonly datasets: number;
  readonly schemaVersion: number;
  /** The run that was made at first start to show what a finished one looks like; null when it is gone. */
  readonly exampleRunId: number | null;
  /** Workspace to go back to while a foreign one is open read-only; null when the own one is open. */
  readonly ownPath: string | null;
}

export const workspaceContract = {
  info: defineCall(z.strictObject({}))<WorkspaceInfo>(),
  /** One run with everything that hangs on it, as a workspace file of its own. Null when the user gave up. */
  exportRun: defineCall(z.strictObject({ runId: runIdSchema, to: pathSchema }))<{ readonly path: string } | null>(),
  exportAll: defineCall(z.strictObject({ to: pathSchema }))<{ readonly path: string } | null>(),
  /** Copies the runs of an exported file into this workspace. Null when the user gave up. */
  importRuns: defineCall(z.strictObject({ path: pathSchema }))<{ readonly runIds: readonly number[] } | null>(),
  /** Shows a file without ever writing to it; the own workspace is opened again by `openOwn`. Refused while the engine works. */
  openReadOnly: defineCall(z.strictObject({ path: pathSchema }))<WorkspaceInfo | null>(),
  openOwn: defineCall(z.strictObject({}))<WorkspaceInfo>(),
};
