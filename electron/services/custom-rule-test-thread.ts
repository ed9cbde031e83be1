// The thread of custom-rule-test.ts.

import { parentPort, workerData } from "node:worker_threads";
import { testCustomRule } from "../engine/constraints/custom-rule.ts";
import type { CustomRuleTestRequest } from "./custom-rule-test.ts";

const { source, samples } = workerData as CustomRuleTestRequest;
parentPort?.postMessage(testCustomRule(source, samples));
