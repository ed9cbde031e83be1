// The pre-flight's figures in plain words: whether this run can learn, and what to change where it cannot.

import type { PreflightReport, PreflightState } from "../../shared/domain/preflight.ts";

/** What is planned, as far as the words hang on it. */
export interface PlannedRun {
  readonly method: string;
  readonly steps: number;
  readonly learningRate: number;
  readonly optimizerStepsPerRollout: number;
  /** Of the model. */
  readonly parameters: number;
}

export function preflightVerdict(report: PreflightReport, plan: PlannedRun): NonNullable<PreflightReport["verdict"]> {
  const { method } = plan;
  const rate = rateSentences(plan);
  const sentences = [
    ...templateSentences(report),
    ...promptSentences(report),
    ...memorySentences(report),
    ...(method === "sft" ? ["Supervised training copies the demonstrations; there is nothing to probe."] : probeSentences(report)),
    ...rate,
    ...durationSentences(report, plan),
  ];
  const parts = [report.template, report.prompts, report.memory, report.probe];
  const states = [...parts.map((part) => part?.state ?? "pass"), ...rate.map(() => "warn")];
  const state: PreflightState = states.includes("fail") ? "fail" : states.includes("warn") ? "warn" : "pass";
  const summary = {
    pass: "This run can learn.",
    warn: "This run can learn, but look at what is marked first.",
    fail: "Like this the run cannot learn, or cannot run.",
  }[state];
  return { state, sentences: [summary, ...sentences] };
}

function templateSentences({ template }: PreflightReport): string[] {
  return (template?.problems ?? []).map((problem) => `The chat template does not work: ${problem}`);
}

function promptSentences({ prompts }: PreflightReport): string[] {
  if (prompts === null || prompts.overlongCount === 0) return [];
  const { overlongCount, records, limitTokens } = prompts;
  return [
    `${overlongCount} of ${records} prompts are longer than ${limitTokens} tokens and are left out; raise maxPromptTokens or lower maxNewTokens to keep them.`,
  ];
}

function memorySentences({ memory }: PreflightReport): string[] {
  if (memory === null || memory.state === "pass") return [];
  const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  const advice = "An adapter (lora.enabled), activationCheckpointing, fewer promptsPerStep or a smaller maxNewTokens need less.";
  return [`It needs about ${gibibytes(memory.totalBytes)} and ${gibibytes(memory.availableBytes)} are free. ${advice}`];
}

function probeSentences({ probe }: PreflightReport): string[] {
  if (probe === null || probe.rewardMean === null) return [];
  const { rewardMean, rewardSpread, zeroSpreadShare, truncatedShare, formatShare, keepShare } = probe;
  const percent = (share: number | null): string => `${Math.round(100 * (share ?? 0))} %`;
  const sentences: string[] = [];
  if (zeroSpreadShare === 1) {
    const side =
      rewardMean > 2.5
        ? "everything is solved already; take harder instructions"
        : "nothing is solved; take easier instructions or a stronger model";
    sentences.push(`In every probed group all responses earn the same reward, so there is nothing to tell good from bad: ${side}.`);
  } else {
    sentences.push(
      `Responses to one prompt differ in reward (mean ${rewardMean.toFixed(2)}, spread ${(rewardSpread ?? 0).toFixed(2)}); ${percent(zeroSpreadShare)} of the groups carry no signal.`,
    );
  }
  if ((truncatedShare ?? 0) > 0.1) {
    sentences.push(
      `${percent(truncatedShare)} of the responses are cut off at maxNewTokens; raise it, or they are masked and teach nothing.`,
    );
  }
  if ((formatShare ?? 1) < 0.2) {
    sentences.push(`Only ${percent(formatShare)} of the responses keep the format; train the model on demonstrations first (method sft).`);
  }
  if (keepShare !== null && keepShare < 0.3) {
    sentences.push(`Superior-CoT would keep ${percent(keepShare)} of the groups: reasoning does not pay yet, so steps will be small.`);
  }
  return sentences;
}

/** Below this a model needs larger steps than the paper's rate, which is for billions of parameters. */
const SMALL_MODEL_PARAMETERS = 1e8;
/** AdamW moves a weight by about the learning rate an update; less than this in a whole run changes no small model. */
const LEAST_MOVE = 5e-3;

function rateSentences({ method, parameters, learningRate, steps, optimizerStepsPerRollout }: PlannedRun): string[] {
  const move = learningRate * steps * (method === "sft" ? 1 : optimizerStepsPerRollout);
  if (parameters >= SMALL_MODEL_PARAMETERS || move >= LEAST_MOVE) return [];
  const size = `${(parameters / 1e6).toPrecision(2)} million parameters`;
  return [
    `learningRate ${learningRate} hardly moves a model of ${size} in ${steps} steps (at most ${move.toPrecision(2)} a weight); about 1e-3 suits one of this size.`,
  ];
}

function durationSentences({ probe }: PreflightReport, { steps }: PlannedRun): string[] {
  const msPerStep = probe?.estimatedMsPerStep ?? null;
  if (msPerStep === null) return [];
  return [`Sampling alone takes about ${duration(msPerStep)} a step here, ${duration(msPerStep * steps)} for all ${steps} steps.`];
}

function duration(ms: number): string {
  const units = [
    ["days", 86_400_000],
    ["hours", 3_600_000],
    ["minutes", 60_000],
  ] as const;
  const [unit, size] = units.find(([, unitMs]) => ms >= 2 * unitMs) ?? ["seconds", 1000];
  const count = Number((ms / size).toPrecision(2));
  return `${count} ${count === 1 ? unit.slice(0, -1) : unit}`;
}
