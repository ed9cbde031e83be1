// The host's side of the one engine process: starts it when there is work, hands it jobs, notices when it dies.

import type { EngineCondition } from "../../shared/contract/events.ts";

export interface EngineClient {
  readonly condition: () => EngineCondition;
}
