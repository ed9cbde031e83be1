// Every handler by namespace; a call of the contract without one does not compile.

import type { AllHandlers } from "./dispatch.ts";
import { annotationsHandlers } from "./handlers/annotations.ts";
import { appHandlers } from "./handlers/app.ts";
import { compareHandlers } from "./handlers/compare.ts";
import { customRuleHandlers } from "./handlers/custom-rule.ts";
import { datasetHandlers } from "./handlers/dataset.ts";
import { datasetFilesHandlers } from "./handlers/dataset-files.ts";
import { jobsHandlers } from "./handlers/jobs.ts";
import { modelsHandlers } from "./handlers/models.ts";
import { recordsHandlers } from "./handlers/records.ts";
import { qualityHandlers } from "./handlers/quality.ts";
import { runsHandlers } from "./handlers/runs.ts";
import { settingsHandlers } from "./handlers/settings.ts";
import { superiorCotHandlers } from "./handlers/superior-cot.ts";
import { synthesisHandlers } from "./handlers/synthesis.ts";
import { tracesHandlers } from "./handlers/traces.ts";
import { trainingHandlers } from "./handlers/training.ts";
import { workspaceHandlers } from "./handlers/workspace.ts";

export const allHandlers: AllHandlers = {
  annotations: annotationsHandlers,
  app: appHandlers,
  compare: compareHandlers,
  customRule: customRuleHandlers,
  dataset: datasetHandlers,
  datasetFiles: datasetFilesHandlers,
  jobs: jobsHandlers,
  models: modelsHandlers,
  records: recordsHandlers,
  quality: qualityHandlers,
  runs: runsHandlers,
  settings: settingsHandlers,
  superiorCot: superiorCotHandlers,
  synthesis: synthesisHandlers,
  traces: tracesHandlers,
  training: trainingHandlers,
  workspace: workspaceHandlers,
};
