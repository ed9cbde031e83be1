// Calls about what the interface remembers: preferences, drafts of half-filled forms, and secrets, which only ever go in.

import { z } from "zod";
import { defineCall } from "./call.ts";

export const preferencesSchema = z.strictObject({
  theme: z.enum(["system", "light", "dark", "contrast"]).default("system"),
  /** Go on in the background when the window is closed while a run is going; ask: a dialog decides each time. */
  onCloseWhileRunning: z.enum(["ask", "background", "pause"]).default("ask"),
  reduceMotion: z.boolean().default(false),
});
export type Preferences = z.infer<typeof preferencesSchema>;

const nameSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\w./:[\]-]+$/);

export const settingsContract = {
  get: defineCall(z.strictObject({}))<Preferences>(),
  set: defineCall(preferencesSchema.partial())<Preferences>(),
  /** Null when there is none. At most 256 KB of JSON each. */
  getDraft: defineCall(z.strictObject({ name: nameSchema }))<unknown>(),
  /** Null removes it. */
  setDraft: defineCall(z.strictObject({ name: nameSchema, value: z.json() }))<{ readonly saved: boolean }>(),
  /** Names only. `lasting`: in the system's own store; else in memory, until the workbench ends. */
  listSecrets: defineCall(z.strictObject({}))<{
    readonly available: boolean;
    readonly lasting: boolean;
    readonly names: readonly string[];
  }>(),
  /** Null removes it. "unsupported" where nothing would keep it secret. */
  setSecret: defineCall(z.strictObject({ name: nameSchema, value: z.string().max(10_000).nullable() }))<{ readonly saved: boolean }>(),
};
