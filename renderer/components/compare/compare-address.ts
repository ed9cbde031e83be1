// Which panes a comparison has, as they stand in its address: a short code each, "1.3.t" for a run's step with reasoning. Reading an
// address never fails; what makes no sense in it is left out.

import { MAX_PANES, type PaneChoice, type PaneSource } from "../../../shared/domain/comparison.ts";
import type { ThinkMode } from "../../../shared/domain/generation.ts";

/** Weights that speak when they are asked to; what they said then is a "generated" source. Step 0 is the run's base model. */
export interface WeightsPane {
  readonly type: "weights";
  readonly runId: number;
  readonly step: number;
  readonly mode: ThinkMode;
}

export type PaneAddress = PaneSource | WeightsPane;

const MODE_LETTERS: Readonly<Record<ThinkMode, string>> = { think: "t", empty: "e", plain: "p" };

function modeOf(letter: string): ThinkMode {
  return letter === "t" ? "think" : letter === "e" ? "empty" : "plain";
}

export function paneCode(pane: PaneAddress): string {
  switch (pane.type) {
    case "run":
      return `${pane.runId}.${pane.step}.${MODE_LETTERS[pane.mode]}`;
    case "rollout":
      return `r${pane.rolloutId}`;
    case "evaluation":
      return `e${pane.evaluationId}`;
    case "generated":
      return `j${pane.jobId}.${pane.index}`;
    case "weights":
      return `w${pane.runId}.${pane.step}.${MODE_LETTERS[pane.mode]}`;
  }
}

/** Undefined where the code means nothing. */
export function readPane(code: string): PaneAddress | undefined {
  const [, letter = "", first = "", second, mode] = /^([rejw]?)([1-9]\d{0,8})(?:\.(\d{1,9})(?:\.([tep]))?)?$/.exec(code) ?? [];
  if (first === "") return undefined;
  const id = Number(first);
  if (second === undefined) {
    if (letter === "r") return { type: "rollout", rolloutId: id };
    return letter === "e" ? { type: "evaluation", evaluationId: id } : undefined;
  }
  if (mode === undefined)
    return letter === "j" && Number(second) <= 15 ? { type: "generated", jobId: id, index: Number(second) } : undefined;
  if (letter === "w") return { type: "weights", runId: id, step: Number(second), mode: modeOf(mode) };
  if (letter !== "" || mode === "p") return undefined;
  return { type: "run", runId: id, step: Number(second), mode: mode === "t" ? "think" : "empty" };
}

export function readPanes(text: string | undefined): readonly PaneAddress[] {
  return (text ?? "")
    .split(",")
    .flatMap((code) => readPane(code) ?? [])
    .slice(0, MAX_PANES);
}

export function writePanes(panes: readonly PaneAddress[]): string {
  return panes.map(paneCode).join(",");
}

/** What a host compares: at least two sources, so that a single one stands for two. */
export function atLeastTwo(sources: readonly PaneSource[]): readonly PaneSource[] {
  return sources.length === 1 ? [...sources, ...sources] : sources;
}

/**
 * What to show where nothing was chosen: evaluations on the same data where there are at least two, for they answer the same prompts;
 * else the run's first step against its last one, with and without reasoning. The oldest stands first: flips are measured against it.
 */
export function defaultPanes(choices: readonly PaneChoice[], runId: number | undefined): readonly PaneSource[] {
  const evaluations = sameData(choices).toSorted((a, b) => a.evaluationId - b.evaluationId);
  if (evaluations.length >= 2) return evaluations.slice(0, MAX_PANES);
  const steps = choices
    .map(({ source }) => source)
    .filter((source) => source.type === "run" && (runId === undefined || source.runId === runId));
  const ofMode = (mode: "think" | "empty"): readonly PaneSource[] => {
    const own = steps.filter((source) => source.type === "run" && source.mode === mode).toSorted((a, b) => stepOf(a) - stepOf(b));
    const [first, last] = [own[0], own.at(-1)];
    return first === undefined || last === undefined ? [] : stepOf(first) === stepOf(last) ? [first] : [first, last];
  };
  const think = ofMode("think");
  const empty = ofMode("empty");
  return [0, 1].flatMap((index) => [think[index], empty[index]].filter((source) => source !== undefined));
}

/** Sources over as many different data sets as can be told apart, to find a prompt by its name where no pane has answered it. */
export function promptSources(choices: readonly PaneChoice[], runId: number | undefined): readonly PaneSource[] {
  const evaluations = new Map<number, PaneSource>();
  for (const { source, prompts } of choices)
    if (source.type === "evaluation" && !evaluations.has(prompts)) evaluations.set(prompts, source);
  const steps = choices.map(({ source }) => source).filter((source) => source.type === "run");
  const step = steps.find((source) => source.runId === runId) ?? steps[0];
  return [...(step === undefined ? [] : [step]), ...evaluations.values()].slice(0, MAX_PANES);
}

/** The largest set of evaluations with the same number of prompts, the newest where several are as large. */
function sameData(choices: readonly PaneChoice[]): readonly Extract<PaneSource, { type: "evaluation" }>[] {
  const groups = new Map<number, Extract<PaneSource, { type: "evaluation" }>[]>();
  for (const { source, prompts } of choices) {
    if (source.type === "evaluation") groups.set(prompts, [...(groups.get(prompts) ?? []), source]);
  }
  const newest = (group: readonly { readonly evaluationId: number }[]): number =>
    Math.max(...group.map(({ evaluationId }) => evaluationId));
  return [...groups.values()].sort((a, b) => b.length - a.length || newest(b) - newest(a))[0] ?? [];
}

function stepOf(source: PaneSource): number {
  return source.type === "run" ? source.step : 0;
}
