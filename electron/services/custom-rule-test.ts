// Trying a user's rule without holding up whoever asks: in a thread, because the sandbox makes its caller wait.

import { extname, join } from "node:path";
import { Worker } from "node:worker_threads";
import type { CustomRuleSample, CustomRuleTest } from "../../shared/domain/custom-rule.ts";

export interface CustomRuleTestRequest {
  readonly source: string;
  readonly samples: readonly CustomRuleSample[];
}

const PROGRAM = join(import.meta.dirname, `custom-rule-test-thread${extname(import.meta.filename)}`);

/** Takes some milliseconds a sample, and at most as long as the sandbox lets one run. */
export function testRuleAside(request: CustomRuleTestRequest): Promise<CustomRuleTest> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(PROGRAM, { workerData: request });
    worker.once("message", (outcome: CustomRuleTest) => {
      resolve(outcome);
      void worker.terminate();
    });
    worker.once("error", reject);
  });
}
