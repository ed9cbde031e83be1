// Calls about the workbench itself: versions, machine, diagnostics.

import { z } from "zod";
import type { EngineCondition } from "./events.ts";
import { defineCall } from "./call.ts";

export interface AppInfo {
  readonly version: string;
  /** How the interface reaches its host. */
  readonly surface: "desktop" | "served";
  readonly platform: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly workspace: { readonly path: string; readonly name: string; readonly readOnly: boolean };
  readonly engine: EngineCondition;
  readonly device: DeviceInfo;
}

export interface DeviceInfo {
  /** As shown in the frame, e.g. "CPU, 2 cores". */
  readonly name: string;
  readonly cores: number;
  readonly memoryTotalBytes: number;
  readonly memoryFreeBytes: number;
  /** Memory of the engine process, null while it does not run. */
  readonly engineMemoryBytes: number | null;
}

/** One line of the doctor's report. */
export interface DoctorFinding {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export const appContract = {
  info: defineCall(z.strictObject({}))<AppInfo>(),
  device: defineCall(z.strictObject({}))<DeviceInfo>(),
  /** Whether this machine can do the work and the workspace is sound. */
  doctor: defineCall(z.strictObject({}))<readonly DoctorFinding[]>(),
  /** Everything a bug report needs, as text without personal paths. */
  diagnostics: defineCall(z.strictObject({}))<{ readonly text: string }>(),
};
