// Names of settings in the trainers that people come from, and the setting that is nearest to a name that does not exist.

import { editDistance } from "../../../shared/edit-distance.ts";

/** TRL's names (Unsloth's are the same) and verl's last parts, spelt as `plain` leaves them. */
export const NAMES_ELSEWHERE: Readonly<Record<string, string>> = {
  groupsize: "numGenerations",
  rolloutn: "numGenerations",
  maxcompletionlength: "maxNewTokens",
  maxresponselength: "maxNewTokens",
  maxpromptlength: "maxPromptTokens",
  maxsteps: "steps",
  savesteps: "checkpointEverySteps",
  savetotallimit: "keepCheckpoints",
  perdevicetrainbatchsize: "promptsPerStep",
  trainbatchsize: "promptsPerStep",
  generationbatchsize: "promptsPerStep",
  numiterations: "optimizerStepsPerRollout",
  ppoepochs: "optimizerStepsPerRollout",
  gradientcheckpointing: "activationCheckpointing",
  lr: "learningRate",
  lrschedulertype: "schedule",
  warmupsteps: "warmupUpdates",
  gradclip: "maxGradNorm",
  epsilon: "epsilonLow",
  cliprange: "epsilonLow",
  clipratiolow: "epsilonLow",
  clipratiohigh: "epsilonHigh",
  klcoef: "beta",
  klpenalty: "klEstimator",
  kllosstype: "klEstimator",
  losstype: "lossAggregation",
  lossaggmode: "lossAggregation",
  importancesamplinglevel: "importanceLevel",
  scalerewards: "advantageScaling",
  masktruncatedcompletions: "overlong",
  loadin4bit: "lora.baseBits",
  loadin8bit: "lora.baseBits",
  loraalpha: "lora.alpha",
  lorar: "lora.rank",
  loradropout: "lora.dropout",
  targetmodules: "lora.targets",
  maxlength: "sft.maxSequenceTokens",
  maxseqlength: "sft.maxSequenceTokens",
  vllmimportancesamplingcap: "importanceCorrection.cap",
};

/** The setting that a name means elsewhere or is spelt like; undefined where none is near. */
export function nearestSetting(typed: string, keys: readonly string[]): string | undefined {
  const elsewhere = NAMES_ELSEWHERE[plain(typed)];
  if (elsewhere !== undefined) return elsewhere;
  const [nearest] = keys.map((key) => ({ key, distance: keyDistance(plain(typed), key) })).sort((a, b) => a.distance - b.distance);
  return nearest !== undefined && nearest.distance <= plain(typed).length / 2 ? nearest.key : undefined;
}

/** Edit distance to the whole key or to its last part, so that "emptySamples" finds "superiorCot.emptySamples". */
function keyDistance(typed: string, key: string): number {
  const [whole, last] = [editDistance(typed, plain(key)), editDistance(typed, plain(key.split(".").at(-1) as string))];
  return Math.min(whole, last + 0.5);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}
