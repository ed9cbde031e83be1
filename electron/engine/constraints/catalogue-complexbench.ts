// The rule functions of ComplexBench (arXiv 2407.03978).

import { complexbenchRule } from "./checkers/complexbench-rule.ts";
import type { Checker } from "./registry.ts";

export const COMPLEXBENCH_CHECKERS: readonly Checker[] = [complexbenchRule];
