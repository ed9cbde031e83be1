// What a rule of the catalogue has to provide. A checker is one file in checkers/ that exports a `Checker`; the catalogue-*.ts files
// list them by family.

import type { z } from "zod";
import type { CheckMode } from "../../../shared/domain/instruction.ts";
import type { CheckResult } from "../../../shared/domain/verdict.ts";
import type { Random } from "../tensor/random.ts";

/** A count from `least` to `most`, both allowed; `of` names what is counted. */
export interface Bounds {
  readonly of: string;
  readonly least: number;
  readonly most: number;
}

export interface Checker<Kwargs = unknown> {
  /** Public id, e.g. "length_constraints:number_words". Ids of ours start with "raif:". */
  readonly id: string;
  /** Strict schema: unknown, missing or ill-typed arguments are an error at load, never filled in at check time. */
  readonly kwargs: z.ZodType<Kwargs>;
  /** Ids of rules not to be asked for together with this one; named on one side, it counts for both (conflicts.ts). */
  readonly conflicts: readonly string[];
  /** Those arguments that are Python patterns in "compat"; in "corrected" they are plain text. */
  patterns?(kwargs: Kwargs): readonly string[];
  /** One line for a person, e.g. "at least 3 bullet points". */
  describe(kwargs: Kwargs): string;
  /** Plausible arguments, as somebody would ask for them; every result satisfies the schema. */
  randomKwargs(random: Random): Kwargs;
  /** For rules about how many there are of something: "words" and so on. Two rules whose bounds exclude each other conflict. */
  bounds?(kwargs: Kwargs): Bounds;
  /** Where arguments decide whether two rules exclude each other, e.g. two different exact word counts. `other` has valid arguments. */
  contradicts?(kwargs: Kwargs, otherId: string, otherKwargs: unknown): boolean;
  /**
   * Pure and deterministic. Never throws on any text. "compat" gives the verdict of the public checker, quirks included; "corrected"
   * what the rule says to a person (docs/verifiers.md lists the differences). A rule without a public checker has one meaning.
   */
  check(text: string, kwargs: Kwargs, mode: CheckMode): CheckResult;
}
