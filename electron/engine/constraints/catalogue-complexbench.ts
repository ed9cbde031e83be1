// The rule functions of ComplexBench (arXiv 2407.03978).

import type { Checker } from "./registry.ts";

export const COMPLEXBENCH_CHECKERS: readonly Checker[] = [];
