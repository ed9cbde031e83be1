// Every call of the workbench by its name, "namespace.call". Adding a call here without a handler does not compile.

import { annotationsContract } from "./annotations.ts";
import { appContract } from "./app.ts";
import type { CallInput, CallOutput } from "./call.ts";
import { compareContract } from "./compare.ts";
import { customRuleContract } from "./custom-rule.ts";
import { datasetContract } from "./dataset.ts";
import { datasetFilesContract } from "./dataset-files.ts";
import { jobsContract } from "./jobs.ts";
import { modelsContract } from "./models.ts";
import { qualityContract } from "./quality.ts";
import { recordsContract } from "./records.ts";
import { runsContract } from "./runs.ts";
import { settingsContract } from "./settings.ts";
import { superiorCotContract } from "./superior-cot.ts";
import { synthesisContract } from "./synthesis.ts";
import { tracesContract } from "./traces.ts";
import { trainingContract } from "./training.ts";
import { workspaceContract } from "./workspace.ts";

export const contract = {
  annotations: annotationsContract,
  app: appContract,
  compare: compareContract,
  customRule: customRuleContract,
  dataset: datasetContract,
  datasetFiles: datasetFilesContract,
  jobs: jobsContract,
  models: modelsContract,
  quality: qualityContract,
  records: recordsContract,
  runs: runsContract,
  settings: settingsContract,
  superiorCot: superiorCotContract,
  synthesis: synthesisContract,
  traces: tracesContract,
  training: trainingContract,
  workspace: workspaceContract,
} as const;

export type Contract = typeof contract;
export type Namespace = keyof Contract;

export type CallName = { [Name in Namespace]: `${Name}.${keyof Contract[Name] & string}` }[Namespace];

type Definition<Name extends CallName> = Name extends `${infer Space extends Namespace}.${infer Call}`
  ? Call extends keyof Contract[Space]
    ? Contract[Space][Call]
    : never
  : never;

export type InputOf<Name extends CallName> = CallInput<Definition<Name>>;
export type OutputOf<Name extends CallName> = CallOutput<Definition<Name>>;
