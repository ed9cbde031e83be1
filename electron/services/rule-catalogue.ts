// The rule catalogue as a list to read: what `raif rules` prints and an editor offers.

import { z } from "zod";
import type { RuleEntry, RuleFamily } from "../../shared/domain/record-check.ts";
import { allCheckers, familyOf } from "../engine/constraints/catalogue.ts";
import { Random } from "../engine/tensor/random.ts";

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
