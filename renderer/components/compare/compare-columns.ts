// What the panes of a comparison show, stored ones and ones generated just now alike: their responses, one grid of constraints under
// all of them, and which verdicts flip against the first pane.

import type { Comparison, ConstraintRow, DiffRun, PaneProof, PaneResponse } from "../../../shared/domain/comparison.ts";
import type { GeneratedResponse, ThinkMode } from "../../../shared/domain/generation.ts";
import type { Verdict } from "../../../shared/domain/verdict.ts";
import type { GeneratedSource, PaneAddress } from "./compare-address.ts";
import { sharedRuns } from "./word-runs.ts";

export interface Column {
  readonly pane: PaneAddress;
  /** As the host names it; generated ones are named here. */
  readonly label: string;
  readonly response: PaneResponse | null;
  /** Undefined while a pane has nothing to prove. */
  readonly proof: PaneProof | undefined;
}

const MODE_NAMES: Readonly<Record<ThinkMode, string>> = { think: "with reasoning", empty: "without reasoning", plain: "free" };

export function generatedLabel({ step, mode }: GeneratedSource): string {
  return `${step === 0 ? "base" : `step ${step}`} now, ${MODE_NAMES[mode]}`;
}

function wordCount(text: string | null): number {
  return text?.match(/\S+/g)?.length ?? 0;
}

/** A response made on request in the shape of a stored one. */
export function paneResponse(response: GeneratedResponse): PaneResponse {
  const { text, think, answer, finish, reward } = response;
  return {
    rolloutId: null,
    mode: response.ask.mode,
    text,
    think,
    answer,
    thinkDiff: think === null ? [] : [{ text: think, type: "own" }],
    tokens: response.tokenIds.length,
    thinkWords: wordCount(think),
    answerWords: wordCount(answer),
    finish,
    reward: reward?.total ?? null,
    passed: reward?.passed ?? 0,
    checks: reward?.checks ?? 0,
    verdicts: reward?.verdicts ?? [],
  };
}

/** The engine names what it loaded, so a text made just now is always proven. */
export function generatedProof(response: GeneratedResponse): PaneProof {
  return {
    proven: true,
    reason: "Generated just now by weights that the engine hashed as it loaded them.",
    modelHash: response.modelHash,
    adapterHash: null,
    chatTemplateHash: response.chatTemplateHash,
    samplerHash: null,
    seed: response.ask.seed,
  };
}

/**
 * One column a pane, in the order of the address. `comparison` holds the stored panes in the same order; `generated` has what was made
 * so far. Where something was generated the reasoning is compared anew over all panes, else the host has compared it.
 */
export function columnsOf(
  panes: readonly PaneAddress[],
  comparison: Comparison | undefined,
  generated: (pane: GeneratedSource) => GeneratedResponse | undefined,
): readonly Column[] {
  let storedIndex = 0;
  const columns = panes.map((pane): Column => {
    if (pane.type === "generated") {
      const response = generated(pane);
      const made = response === undefined ? null : paneResponse(response);
      return { pane, label: generatedLabel(pane), response: made, proof: response === undefined ? undefined : generatedProof(response) };
    }
    const stored = comparison?.panes[storedIndex++];
    return { pane, label: stored?.label ?? "", response: stored?.response ?? null, proof: stored?.proof };
  });
  return columns.some(({ pane, response }) => pane.type === "generated" && response !== null) ? comparedAnew(columns) : columns;
}

function comparedAnew(columns: readonly Column[]): readonly Column[] {
  const reasoned = columns.filter(({ response }) => response?.think != null && response.think !== "");
  const runs = sharedRuns(reasoned.map(({ response }) => response?.think ?? ""));
  return columns.map((column) => {
    const thinkDiff: readonly DiffRun[] | undefined = runs[reasoned.indexOf(column)];
    return thinkDiff === undefined || column.response === null ? column : { ...column, response: { ...column.response, thinkDiff } };
  });
}

/** Rows in the order of the first pane that has them; flips are measured against the first pane. */
export function gridOf(columns: readonly Column[]): readonly ConstraintRow[] {
  const rows = new Map<string, Verdict>();
  for (const { response } of columns)
    for (const verdict of response?.verdicts ?? []) if (!rows.has(verdict.path)) rows.set(verdict.path, verdict);
  return [...rows.values()].map(({ path, ruleId, expected }) => {
    const verdicts = columns.map(({ response }) => response?.verdicts.find((verdict) => verdict.path === path));
    const first = verdicts[0]?.state;
    const cells = verdicts.map((verdict, index) => ({
      state: verdict?.state ?? null,
      got: verdict?.got ?? "",
      flip: index === 0 ? null : flip(first, verdict?.state),
    }));
    return { path, ruleId, expected, cells };
  });
}

/** Inactive and missing verdicts are no judgement and flip nothing. */
function flip(before: Verdict["state"] | undefined, now: Verdict["state"] | undefined): "up" | "down" | null {
  const holds = (state: Verdict["state"] | undefined): boolean | undefined =>
    state === undefined || state === "inactive" ? undefined : state === "pass";
  const [from, to] = [holds(before), holds(now)];
  if (from === undefined || to === undefined || from === to) return null;
  return to ? "up" : "down";
}
