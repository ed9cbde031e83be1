// The superior-CoT decisions of a run as stored, and the same decided again with another threshold. At the run's own rule (margin of
// at least 0, and the all-equal clause where it is on) a replay agrees with what was stored.

import type { SuperiorCotGroup, SuperiorCotRun, SuperiorCotStep } from "../../shared/domain/superior-cot.ts";
import { trainingConfigSchema } from "../engine/grpo/config.ts";
import { allEqual, mean } from "../engine/grpo/advantages.ts";
import type { ReadConnection } from "../storage/connection.ts";
import type { RunId } from "../storage/ids.ts";
import { getRun } from "../storage/runs.ts";
import { superiorCotRows, type SuperiorCotRow } from "../storage/superior-cot-rows.ts";
import { remembered } from "./trace-lists.ts";

/** Throws "not-found". */
export function superiorCotRun(db: ReadConnection, runId: RunId): SuperiorCotRun {
  const { enabled, keepWhenAllEqual } = settingsOf(db, runId);
  return remembered(db, runId, ["superior-cot", "run"], () => {
    const groups = storedGroups(db, runId);
    return {
      enabled,
      keepWhenAllEqual,
      groups: groups.length,
      compared: groups.filter(({ margin }) => margin !== null).length,
      steps: [...Map.groupBy(groups, ({ step }) => step)].map(([step, own]) => stepOf(step, own, keepWhenAllEqual)),
    };
  });
}

function settingsOf(db: ReadConnection, runId: RunId): { readonly enabled: boolean; readonly keepWhenAllEqual: boolean } {
  const config = trainingConfigSchema.safeParse(getRun(db, runId).config).data;
  return {
    enabled: config !== undefined && config.method === "raif" && config.superiorCot.enabled,
    keepWhenAllEqual: config?.superiorCot.keepWhenAllEqual ?? false,
  };
}

function stepOf(step: number, groups: readonly SuperiorCotGroup[], keepWhenAllEqual: boolean): SuperiorCotStep {
  const compared = groups.filter((group) => group.margin !== null);
  const think = groups.flatMap((group) => group.thinkAccuracies);
  const empty = groups.flatMap((group) => group.emptyAccuracies);
  return {
    step,
    notCompared: groups.length - compared.length,
    margins: compared.map(({ margin }) => margin as number),
    equal: compared.map(({ thinkRewardsEqual }) => keepWhenAllEqual && thinkRewardsEqual),
    storedKeepRatio: groups.filter(({ kept }) => kept).length / groups.length,
    thinkAccuracy: think.length === 0 ? null : mean(think),
    emptyAccuracy: empty.length === 0 ? null : mean(empty),
  };
}

export interface SuperiorCotQuery {
  readonly threshold: number;
  readonly show: "all" | "kept" | "dropped" | "changed";
  readonly fromStep?: number | undefined;
  readonly toStep?: number | undefined;
  readonly offset: number;
  readonly limit: number;
}

/** `kept`, `dropped` and `changed` (against what was stored) go by the replayed decision. Throws "not-found". */
export function superiorCotGroups(
  db: ReadConnection,
  runId: RunId,
  query: SuperiorCotQuery,
): { readonly total: number; readonly rows: readonly SuperiorCotGroup[] } {
  const { keepWhenAllEqual } = settingsOf(db, runId);
  const { threshold, show, fromStep = 0, toStep = Infinity, offset, limit } = query;
  const shown = storedGroups(db, runId).filter((group) => {
    if (group.step < fromStep || group.step > toStep) return false;
    if (show === "all") return true;
    const kept = replayDecision(group, threshold, keepWhenAllEqual);
    return show === "changed" ? kept !== group.kept : kept === (show === "kept");
  });
  return { total: shown.length, rows: shown.slice(offset, offset + limit) };
}

/** Whether a group is kept when its margin has to reach the threshold; 0 is the paper's. */
export function replayDecision(
  { margin, thinkRewardsEqual }: Pick<SuperiorCotGroup, "margin" | "thinkRewardsEqual">,
  threshold: number,
  keepWhenAllEqual: boolean,
): boolean {
  return margin === null || margin >= threshold || (keepWhenAllEqual && thinkRewardsEqual);
}

function storedGroups(db: ReadConnection, runId: RunId): readonly SuperiorCotGroup[] {
  return remembered(db, runId, ["superior-cot", "groups"], () => superiorCotRows(db, runId).map(groupOf));
}

interface StoredDecision {
  readonly kept?: boolean;
  readonly reason?: SuperiorCotGroup["reason"];
}

function groupOf({ detailsJson, thinkJson, emptyJson, ...row }: SuperiorCotRow): SuperiorCotGroup {
  const decision = (detailsJson === null ? {} : JSON.parse(detailsJson)) as StoredDecision;
  const think = JSON.parse(thinkJson) as [id: number, accuracy: number, reward: number][];
  const empty = JSON.parse(emptyJson) as [id: number, accuracy: number, reward: number][];
  const thinkAccuracies = think.map(([, accuracy]) => accuracy);
  const emptyAccuracies = empty.map(([, accuracy]) => accuracy);
  const isCompared = think.length > 0 && empty.length > 0;
  return {
    ...row,
    thinkAccuracies,
    emptyAccuracies,
    thinkRolloutIds: think.map(([id]) => id),
    emptyRolloutIds: empty.map(([id]) => id),
    margin: isCompared ? Math.max(...thinkAccuracies) - Math.min(...emptyAccuracies) : null,
    kept: decision.kept ?? true,
    reason: decision.reason ?? null,
    thinkRewardsEqual: allEqual(think.map(([, , reward]) => reward)),
  };
}
