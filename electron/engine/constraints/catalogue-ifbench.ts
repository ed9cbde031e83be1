// The rules of IFBench (arXiv 2507.02833).

import type { Checker } from "./registry.ts";

export const IFBENCH_CHECKERS: readonly Checker[] = [];
