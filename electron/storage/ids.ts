// Row ids of the workspace with a brand each, so that a run id cannot be passed where an evaluation id is meant.

declare const brand: unique symbol;
type RowId<Name extends string> = number & { readonly [brand]: Name };

export type DatasetId = RowId<"dataset">;
/** A dataset that is edited; a DatasetId is of a frozen one. */
export type CollectionId = RowId<"collection">;
export type RunId = RowId<"run">;
export type GroupId = RowId<"group">;
export type RolloutId = RowId<"rollout">;
export type CheckpointId = RowId<"checkpoint">;
export type EvaluationId = RowId<"evaluation">;
export type JobId = RowId<"job">;
export type QualityCheckId = RowId<"quality-check">;
export type SynthesisId = RowId<"synthesis">;
