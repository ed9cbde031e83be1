// Every handler by namespace; a call of the contract without one does not compile.

import type { AllHandlers } from "./dispatch.ts";
import { appHandlers } from "./handlers/app.ts";
import { modelsHandlers } from "./handlers/models.ts";
import { runsHandlers } from "./handlers/runs.ts";
import { settingsHandlers } from "./handlers/settings.ts";
import { workspaceHandlers } from "./handlers/workspace.ts";

export const allHandlers = {
  app: appHandlers,
  models: modelsHandlers,
  runs: runsHandlers,
  settings: settingsHandlers,
  workspace: workspaceHandlers,
} as AllHandlers;
