// The rule catalogue as a list to read: what `raif rules` prints and an editor offers.

import { z } from "zod";
import { allCheckers, familyOf, type RuleFamily } from "../engine/constraints/catalogue.ts";
import { Random } from "../engine/tensor/random.ts";

export interface RuleEntry {
  readonly id: string;
  readonly family: RuleFamily;
  /** Arguments as somebody could ask for them, the same each time, and what the rule says with them. */
  readonly exampleKwargs: Readonly<Record<string, unknown>>;
  readonly example: string;
  /** JSON schema of the arguments; checks beyond a schema, such as "a valid pattern", are not in it. */
  readonly kwargsSchema: Readonly<Record<string, unknown>>;
  /** Rules not to be combined with this one, sorted. */
  readonly conflicts: readonly string[];
}

/** In the order of the catalogue; of one family if given. */
export function listRules(family?: RuleFamily): RuleEntry[] {
  const checkers = allCheckers();
  return checkers
    .filter(({ id }) => family === undefined || familyOf(id) === family)
    .map((checker) => {
      const exampleKwargs = checker.randomKwargs(new Random(1));
      const named = checkers.filter(({ conflicts }) => conflicts.includes(checker.id)).map(({ id }) => id);
      return {
        id: checker.id,
        family: familyOf(checker.id),
        exampleKwargs: exampleKwargs as Readonly<Record<string, unknown>>,
        example: checker.describe(exampleKwargs),
        kwargsSchema: z.toJSONSchema(checker.kwargs, { io: "input", unrepresentable: "any" }),
        conflicts: [...new Set([...checker.conflicts, ...named])].sort(),
      };
    });
}
