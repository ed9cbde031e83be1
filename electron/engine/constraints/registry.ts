// What a rule of the catalogue has to provide. A checker is one file in checkers/ that exports a `Checker`; catalogue.ts lists them.

import type { z } from "zod";
import type { CheckResult } from "../../../shared/domain/verdict.ts";

export interface Checker<Kwargs = unknown> {
  /** Public id, e.g. "length_constraints:number_words". Ids of ours start with "raif:". */
  readonly id: string;
  /** Strict schema: unknown, missing or ill-typed arguments are an error at load, never filled in at check time. */
  readonly kwargs: z.ZodType<Kwargs>;
  /** One line for a person, e.g. "at least 3 bullet points". */
  describe(kwargs: Kwargs): string;
  /** Pure and deterministic. Never throws on any text. */
  check(text: string, kwargs: Kwargs): CheckResult;
}
