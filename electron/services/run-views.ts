// Runs as the interface shows them: summaries, details, settings side by side, series for charts. Reads only.

import type { CheckpointSummary, MetricSeries, RunDetail, RunSummary, SettingComparison } from "../../shared/domain/run.ts";
import { listCheckpoints } from "../storage/checkpoints.ts";
import type { ReadConnection } from "../storage/connection.ts";
import { getDataset } from "../storage/datasets.ts";
import { canonicalJson } from "../storage/hashing.ts";
import type { RunId } from "../storage/ids.ts";
import { newestMetric, seriesNames, seriesPoints } from "../storage/run-metrics.ts";
import { getRun, listRuns, type Run } from "../storage/runs.ts";
import { downSample } from "./down-sample.ts";

/** Newest first. */
export function summariseRuns(db: ReadConnection, query: { readonly archived: boolean }): RunSummary[] {
  return listRuns(db)
    .filter((run) => query.archived || !run.archived)
    .map((run) => runSummary(db, run));
}

/** Throws "not-found". */
export function summariseRun(db: ReadConnection, id: RunId): RunSummary {
  return runSummary(db, getRun(db, id));
}

/** Throws "not-found". */
export function describeRun(db: ReadConnection, id: RunId): RunDetail {
  const run = getRun(db, id);
  const { configHash, dataHash, modelHash, tokenizerHash, chatTemplateHash, engineVersion } = run;
  return {
    ...runSummary(db, run),
    settings: flattenSettings(run.config),
    configHash,
    dataHash,
    modelHash,
    tokenizerHash,
    chatTemplateHash,
    engineVersion,
    checkpoints: listCheckpoints(db, id).map((info): CheckpointSummary => ({ ...info })),
    metricNames: seriesNames(db, id),
  };
}

function runSummary(db: ReadConnection, run: Run): RunSummary {
  const dataset = run.datasetId === undefined ? undefined : getDataset(db, run.datasetId);
  return {
    id: run.id,
    name: run.name,
    method: run.method,
    recipe: run.recipe ?? null,
    baseModel: run.baseModel,
    dataset: dataset?.name ?? null,
    status: run.status,
    error: storedError(run.error),
    seed: run.seed,
    device: run.device,
    lastStep: run.lastStep,
    totalSteps: run.totalSteps,
    createdAtMs: run.createdAtMs,
    updatedAtMs: run.updatedAtMs,
    endedAtMs: run.endedAtMs ?? null,
    notes: run.notes,
    tags: run.tags,
    archived: run.archived,
    lastReward: finite(newestMetric(db, run.id, "reward")),
    forkedFrom: run.forkedFrom ?? null,
  };
}

function storedError(error: unknown): RunSummary["error"] {
  if (typeof error !== "object" || error === null) return null;
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return { code: typeof code === "string" ? code : "internal-error", message: typeof message === "string" ? message : "no reason stored" };
}

/** Nested settings by their dotted key: {"a": {"b": 1}} gives {"a.b": 1}. Lists are values. */
export function flattenSettings(config: unknown, prefix = ""): Record<string, unknown> {
  const flat: Record<string, unknown> = {};
  for (const [key, value] of Object.entries((config ?? {}) as Readonly<Record<string, unknown>>)) {
    const nested = typeof value === "object" && value !== null && !Array.isArray(value);
    if (nested) Object.assign(flat, flattenSettings(value, `${prefix}${key}.`));
    else flat[prefix + key] = value;
  }
  return flat;
}

/** One line a setting that any of the runs has, by key. Throws "not-found". */
export function compareSettings(db: ReadConnection, ids: readonly RunId[]): SettingComparison[] {
  const all = ids.map((id) => flattenSettings(getRun(db, id).config));
  const keys = [...new Set(all.flatMap((settings) => Object.keys(settings)))].sort();
  return keys.map((key) => {
    const values = all.map((settings) => settings[key] ?? null);
    return { key, values, differs: new Set(values.map((value) => canonicalJson(value))).size > 1 };
  });
}

export interface SeriesQuery {
  readonly runIds: readonly RunId[];
  readonly names: readonly string[];
  readonly fromStep: number;
  readonly maxPoints: number;
}

/** Only the pairs of run and name that have points. Throws "not-found". */
export function chartSeries(db: ReadConnection, { runIds, names, fromStep, maxPoints }: SeriesQuery): MetricSeries[] {
  return runIds.flatMap((runId) => {
    getRun(db, runId);
    return names.flatMap((name): MetricSeries[] => {
      const points = seriesPoints(db, runId, name, fromStep);
      if (points.length === 0) return [];
      const shown = downSample(points, maxPoints);
      return [
        {
          runId,
          name,
          steps: shown.map(({ step }) => step),
          values: shown.map(({ value }) => finite(value)),
          totalPoints: points.length,
        },
      ];
    });
  });
}

/** JSON knows no infinities. */
function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}
