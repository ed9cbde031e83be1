// One rollout in full, put together from what its step stored, the record it answers and the settings of its run.

import type { TraceDetail, TraceSibling } from "../../shared/domain/trace-detail.ts";
import { WorkbenchError } from "../../shared/errors.ts";
import { trainingConfigSchema, type TrainingConfig } from "../engine/grpo/config.ts";
import { parseResponse } from "../engine/rewards/format.ts";
import { column, type ReadConnection } from "../storage/connection.ts";
import { getDatasetRecord } from "../storage/datasets.ts";
import type { RolloutId } from "../storage/ids.ts";
import { getRollout, listGroups, type StoredRollout } from "../storage/rollouts.ts";
import { getRun, type Run } from "../storage/runs.ts";
import { traceRowsOf, type StoredTraceRow } from "../storage/trace-queries.ts";
import { getRolloutNote } from "../storage/annotations.ts";
import { formatExplanation, rewardArithmetic } from "./trace-arithmetic.ts";
import { traceOrigin } from "./trace-origin.ts";
import { judgedTree } from "./trace-tree.ts";
import { shownRows } from "./traces.ts";
import { userTurn } from "./user-turn.ts";

/** Throws "not-found". The rows of its step must have been made (trace-index.ts). */
export function traceDetail(db: ReadConnection, id: RolloutId): TraceDetail {
  const rollout = getRollout(db, id);
  const run = getRun(db, rollout.runId);
  const config = trainingConfigSchema.safeParse(run.config).data;
  const record = run.datasetId === undefined ? undefined : getDatasetRecord(db, run.datasetId, rollout.recordId);
  const shown = shownRows(db, [id])[0];
  const group = traceRowsOf(db, groupIds(db, rollout.groupId));
  const row = group.find(({ rolloutId }) => rolloutId === id);
  if (shown === undefined || row === undefined) throw new WorkbenchError("not-found", `rollout ${id} has no row`, { where: db.name });
  const tree = record?.label.type === "tree" ? judgedTree(record.label.tree, rollout.verdicts, record.input, record.label.mode) : null;
  return {
    row: shown,
    runId: run.id,
    runName: run.name,
    prompt: rollout.prompt,
    instruction: userTurn(rollout.prompt, record),
    input: record?.input ?? null,
    datasetId: run.datasetId ?? null,
    text: rollout.text,
    reasoning: rollout.think,
    answer: rollout.answer,
    answerOffset: parseResponse(rollout.text, config?.reward.formatMode).answerStart,
    formatExplanation: formatExplanation(rollout.text, rollout.formatReward, config?.reward.formatMode),
    tree,
    verdicts: rollout.verdicts,
    expert: record?.expert ?? null,
    arithmetic: rewardArithmetic({
      row,
      group,
      keptGroups: keptGroups(db, run, rollout.step, config),
      verdicts: rollout.verdicts,
      rewardMode: record?.label.type === "tree" ? record.label.reward : undefined,
      config,
    }),
    superiorCot: superiorCotOf(db, rollout),
    siblings: siblingsOf(db, group),
    origin: traceOrigin(db, run, rollout, config),
    annotation: getRolloutNote(db, rollout),
  };
}

function groupIds(db: ReadConnection, groupId: number): number[] {
  return column<number>(db, "SELECT id FROM rollouts WHERE group_id = ? ORDER BY sample_index", groupId);
}

/** Only where advantages are scaled over the batch. */
function keptGroups(db: ReadConnection, run: Run, step: number, config: TrainingConfig | undefined): StoredTraceRow[][] {
  if (config?.advantageScaling !== "batch") return [];
  const sql = "SELECT rollout_id FROM trace_rows WHERE run_id = ? AND step = ? AND kept = 1 ORDER BY group_index, sample_index";
  const rows = traceRowsOf(db, column<number>(db, sql, run.id, step));
  return [...Map.groupBy(rows, ({ groupId }) => groupId).values()];
}

function siblingsOf(db: ReadConnection, group: readonly StoredTraceRow[]): TraceSibling[] {
  return shownRows(
    db,
    group.map(({ rolloutId }) => rolloutId),
  ).map((row) => ({
    rolloutId: row.rolloutId,
    sampleIndex: row.sampleIndex,
    mode: row.mode,
    reward: row.reward,
    accuracyReward: row.accuracyReward,
    checksPassed: row.checksPassed,
    checksActive: row.checksActive,
    checkStates: row.checkStates,
    advantage: row.advantage,
    length: row.length,
    finish: row.finish,
    reasoningStart: row.reasoningStart,
  }));
}

function superiorCotOf(db: ReadConnection, { runId, step, groupId }: StoredRollout): TraceDetail["superiorCot"] {
  const details = listGroups(db, runId, step).find(({ id }) => id === groupId)?.details as
    { readonly kept?: boolean; readonly reason?: string; readonly margin?: number } | undefined;
  if (details?.reason === undefined) return null;
  return { reason: details.reason, margin: details.margin ?? null, kept: details.kept === true };
}
