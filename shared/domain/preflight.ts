// What is looked at before a training session starts, and what it means in plain words. Filled in part by part while the
// pre-flight runs, so that the page can show what is known already.

import type { DeviceChoice } from "./device.ts";

/** pass: fine; warn: it can run, but look at it; fail: it cannot run or cannot learn like this. */
export type PreflightState = "pass" | "warn" | "fail";

export interface PreflightReport {
  /** Where the probe ran and the run would; null until it is known. */
  readonly device: DeviceChoice | null;
  readonly template: TemplateCheck | null;
  readonly prompts: PromptCheck | null;
  readonly memory: MemoryCheck | null;
  readonly probe: ProbeCheck | null;
  /** Null until every part is there. */
  readonly verdict: { readonly state: PreflightState; readonly sentences: readonly string[] } | null;
}

export interface TemplateCheck {
  readonly state: PreflightState;
  /** The whole first prompt as the model gets it, pre-fill included. */
  readonly renderedThink: string;
  /** The same with forced-empty reasoning; null where superior-CoT is off. */
  readonly renderedEmpty: string | null;
  readonly promptTokens: number;
  /** An answer in the right format that was rendered and read back. */
  readonly problems: readonly string[];
}

export interface PromptCheck {
  readonly state: PreflightState;
  readonly records: number;
  readonly used: number;
  /** Longer than the limit; left out of the run. */
  readonly overlong: readonly { readonly recordId: string; readonly reason: string }[];
  readonly overlongCount: number;
  readonly limitTokens: number;
  readonly longestTokens: number;
  readonly medianTokens: number;
  readonly experts: number;
}

export interface MemoryCheck {
  readonly state: PreflightState;
  readonly parts: readonly { readonly name: string; readonly bytes: number }[];
  readonly totalBytes: number;
  readonly availableBytes: number;
  /** What it takes of a device's own memory; null where it computes on the CPU. */
  readonly deviceBytes: number | null;
}

export interface ProbeCheck {
  readonly state: PreflightState;
  readonly groups: readonly ProbeGroup[];
  readonly plannedGroups: number;
  /** Over the responses with reasoning. Null until a group is there. */
  readonly rewardMean: number | null;
  /** Mean of the groups' standard deviations. */
  readonly rewardSpread: number | null;
  /** Share of groups whose responses all have the same reward: nothing to learn from them. */
  readonly zeroSpreadShare: number | null;
  /** Share of responses cut off at the length limit. */
  readonly truncatedShare: number | null;
  readonly formatShare: number | null;
  /** Share of groups the superior-CoT filter would keep; null where it is off. */
  readonly keepShare: number | null;
  readonly tokensPerSecond: number | null;
  /** From the probe's own speed and the settings. */
  readonly estimatedMsPerStep: number | null;
}

export interface ProbeGroup {
  readonly recordId: string;
  readonly prompt: string;
  readonly rewards: readonly number[];
  readonly kept: boolean;
  readonly truncated: number;
  /** One response, as text. */
  readonly example: string;
}
