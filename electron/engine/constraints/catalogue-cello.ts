// The criteria of CELLO (arXiv 2309.09150).

import { celloCriterion } from "./checkers/cello-criterion.ts";
import type { Checker } from "./registry.ts";

export const CELLO_CHECKERS: readonly Checker[] = [celloCriterion];
