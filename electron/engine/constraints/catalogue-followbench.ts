// The rule-scored items of FollowBench (arXiv 2310.20410).

import { followbenchAnswer } from "./checkers/followbench-answer.ts";
import type { Checker } from "./registry.ts";

export const FOLLOWBENCH_CHECKERS: readonly Checker[] = [followbenchAnswer];
