// What a training session can be started with: settings, recipes, models, data; and what the interface is told while it runs.

/** One setting with its meaning, for forms and search. */
export interface SettingDescription {
  /** Dotted path, e.g. "superiorCot.thinkSamples". */
  readonly key: string;
  /** Heading it stands under, e.g. "Superior-CoT". */
  readonly group: string;
  readonly description: string;
  readonly type: "boolean" | "integer" | "number" | "choice" | "text";
  readonly choices: readonly string[] | null;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly default: unknown;
  /** The paper's value; null where it gives none. */
  readonly paper: unknown;
}

export interface Recipe {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Dotted settings in which it differs from the defaults. */
  readonly overrides: Readonly<Record<string, unknown>>;
}

export interface DatasetChoice {
  /** As `training.start` takes it: a shipped name, "collection:<id>" for an edited dataset, "dataset:<id>" for one stored otherwise. */
  readonly name: string;
  readonly title: string;
  readonly records: number;
  /** Records with an expert demonstration. */
  readonly experts: number;
  readonly shipped: boolean;
}

/** Settings as they would be used, and where they leave the recipe. */
export interface ResolvedSettings {
  readonly values: Readonly<Record<string, unknown>>;
  readonly differences: readonly {
    readonly key: string;
    readonly value: unknown;
    readonly recipe: unknown;
    readonly paper: unknown;
  }[];
  /** What is wrong with what was typed; values then hold the recipe's. */
  readonly problems: readonly { readonly key: string | null; readonly message: string }[];
}

/** Where a run in work stands, for the live page. */
export interface LiveProgress {
  readonly runId: number;
  readonly jobId: number | null;
  /** What the engine does now, e.g. "step 12: rollout"; empty when it does nothing for this run. */
  readonly activity: string;
  readonly lastStep: number;
  readonly totalSteps: number;
  /** Mean over the newest steps; null before the first. */
  readonly msPerStep: number | null;
  readonly msLeft: number | null;
  readonly tokensPerSecond: number | null;
  readonly engineMemoryBytes: number | null;
}

/** A rollout as the live stream shows it, newest step first. */
export interface LiveRollout {
  readonly id: number;
  readonly step: number;
  readonly groupIndex: number;
  readonly sampleIndex: number;
  readonly mode: "think" | "empty";
  readonly reward: number;
  readonly accuracy: number;
  readonly checksPassed: number;
  readonly checksActive: number;
  readonly finish: string;
  /** Sampled tokens. */
  readonly tokens: number;
  readonly kept: boolean;
  readonly dropReason: string | null;
  /** First words of the reasoning, or of the answer where there is none. */
  readonly opening: string;
}
