// How deep a reasoning goes, as numbers that a program can count; how they are counted is electron/services/reasoning-depth.ts.

export interface ReasoningDepth {
  /** Share of the reasoning's word trigrams that also stand in the prompt, 0 to 1; null for fewer than 3 words. */
  readonly overlap: number | null;
  /** Constraints of the instruction that the reasoning speaks of. */
  readonly named: number;
  /** Constraints the instruction puts, conditions of Selections left out. */
  readonly constraints: number;
  /** Statements that test a draft or a claim against a constraint. */
  readonly checked: number;
  /** Statements that change course after a check. */
  readonly revised: number;
  readonly depth: "shallow" | "deep";
}

/** Over the responses with reasoning of one step. */
export interface DepthTrendPoint {
  readonly step: number;
  readonly rollouts: number;
  readonly deepShare: number;
  readonly overlap: number | null;
  /** Mean share of constraints named, 0 to 1. */
  readonly namedShare: number;
  readonly checked: number;
  readonly revised: number;
  /** Share that passes every check: all, of deep ones, of shallow ones; null where there are none. */
  readonly accuracy: number;
  readonly accuracyDeep: number | null;
  readonly accuracyShallow: number | null;
}
