// Models as lists and the inspector show them.

export interface ModelSummary {
  /** As other calls take it: "nano", or the folder of an imported one. */
  readonly name: string;
  readonly title: string;
  readonly source: "shipped" | "imported";
  readonly architecture: string | null;
  readonly parameterCount: number | null;
  readonly contextTokens: number | null;
  readonly vocabularySize: number | null;
  readonly sizeBytes: number;
  /** Why it cannot be used; null when it can. */
  readonly problem: string | null;
}

export interface ModelDetail extends ModelSummary {
  readonly folder: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly chatTemplate: string | null;
  /** One user turn with the thinking instruction, as the model gets it; null without a template. */
  readonly renderedExample: string | null;
  readonly files: readonly { readonly name: string; readonly sizeBytes: number }[];
  readonly tensors: readonly { readonly name: string; readonly dtype: string; readonly shape: readonly number[] }[];
}
