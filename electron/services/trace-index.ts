// Makes the narrow rows that the table of traces filters and sorts by, from what a step stored: kind of composition, states of the
// checks, depth of the reasoning. The trainer makes them with each step; steps of older workspaces are caught up with.

import type { TraceComposition } from "../../shared/domain/trace.ts";
import type { ReadConnection, WriteConnection } from "../storage/connection.ts";
import type { RunId } from "../storage/ids.ts";
import {
  promptText,
  rolloutsToIndex,
  unindexedSteps,
  verdictsToIndex,
  writeTraceRows,
  type DerivedColumns,
  type NewTraceRow,
  type RolloutToIndex,
  type VerdictToIndex,
} from "../storage/trace-rows.ts";
import { promptWords, reasoningDepth, type PromptWords } from "./reasoning-depth.ts";

/** Makes the rows of one stored step, or makes them again. */
export function indexStep(db: WriteConnection, runId: RunId, step: number): void {
  const rollouts = rolloutsToIndex(db, runId, step);
  const verdicts = Map.groupBy(verdictsToIndex(db, runId, step), (verdict) => verdict.rolloutId);
  const verdictsOf = ({ rolloutId }: RolloutToIndex): readonly VerdictToIndex[] => verdicts.get(rolloutId) ?? [];
  const differing = differingGroups(rollouts, verdictsOf);
  const prompts = new Map<number, PromptWords>();
  const wordsOf = (promptId: number | null): PromptWords => {
    if (promptId === null) return promptWords("");
    let words = prompts.get(promptId);
    if (words === undefined) prompts.set(promptId, (words = promptWords(promptText(db, promptId))));
    return words;
  };
  const rows = rollouts.map(({ think, ...rollout }): NewTraceRow => {
    const own = verdictsOf({ think, ...rollout });
    return {
      ...rollout,
      composition: compositionOf(own.map(({ path }) => path)),
      checkStates: checkStates(own),
      passes: rollout.gate === "ok" && rollout.checksActive > 0 && rollout.checksPassed === rollout.checksActive,
      differs: differing.has(rollout.groupId),
      ...depthColumns(rollout.mode === "think" ? think : null, own, () => wordsOf(rollout.promptId)),
    };
  });
  writeTraceRows(db, runId, step, rows);
}

/** Catches up with steps that have no rows yet, at most `maxSteps` of them; returns whether any is left. */
export function indexMissingSteps(db: WriteConnection, runId: RunId, maxSteps: number): boolean {
  const missing = unindexedSteps(db, runId);
  for (const { step } of missing.slice(0, maxSteps)) indexStep(db, runId, step);
  return missing.length > maxSteps;
}

export function isIndexed(db: ReadConnection, runId: RunId): boolean {
  return unindexedSteps(db, runId).length === 0;
}

/**
 * The kind of composition whose checks have these paths: a path names every composition on its way down. Like compositionKind of the
 * tree itself, which may no longer be stored.
 */
export function compositionOf(paths: readonly string[]): TraceComposition {
  if (paths.length === 0) return "unknown";
  if (paths[0] === "math") return "maths";
  const compositions = paths.map((path) => path.split(".").filter((part) => part === "and" || part === "chain" || part === "selection"));
  const depth = Math.max(...compositions.map((kinds) => kinds.length));
  if (depth === 0) return "single";
  return depth > 1 ? "nested" : (compositions[0]?.[0] as "and" | "chain" | "selection");
}

function checkStates(verdicts: readonly VerdictToIndex[]): string {
  return verdicts.map(({ state }) => state[0]).join("");
}

function differingGroups(
  rollouts: readonly RolloutToIndex[],
  verdictsOf: (rollout: RolloutToIndex) => readonly VerdictToIndex[],
): ReadonlySet<number> {
  const first = new Map<number, string>();
  const differing = new Set<number>();
  for (const rollout of rollouts) {
    if (rollout.mode !== "think") continue;
    const states = checkStates(verdictsOf(rollout));
    const known = first.get(rollout.groupId);
    if (known === undefined) first.set(rollout.groupId, states);
    else if (known !== states) differing.add(rollout.groupId);
  }
  return differing;
}

type DepthColumns = Pick<DerivedColumns, "overlap" | "named" | "constraints" | "checked" | "revised" | "depth">;

const NO_DEPTH: DepthColumns = { overlap: null, named: null, constraints: null, checked: null, revised: null, depth: null };

function depthColumns(think: string | null, verdicts: readonly VerdictToIndex[], prompt: () => PromptWords): DepthColumns {
  if (think === null || think.trim() === "") return NO_DEPTH;
  const constraints = verdicts
    .filter(({ state }) => state !== "inactive")
    .map(({ ruleId, kwargsJson, expected }) => ({ ruleId, expected, kwargs: JSON.parse(kwargsJson) as Record<string, unknown> }));
  return reasoningDepth(think, prompt(), constraints);
}
