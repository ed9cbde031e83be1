// Which rules are not to be asked for together: by what checkers name, and by what arguments say. Used where instructions are made
// or edited; evaluating a tree never looks at it.

import type { RuleNode } from "../../../shared/domain/instruction.ts";
import { findChecker, parseKwargs } from "./catalogue.ts";
import type { Bounds } from "./registry.ts";

/** True if one names the other as a conflict or their arguments exclude each other; the order of the two does not matter. */
export function areConflicting(a: RuleNode, b: RuleNode): boolean {
  const [first, second] = [findChecker(a.id), findChecker(b.id)];
  if (first.conflicts.includes(b.id) || second.conflicts.includes(a.id)) return true;
  const [firstKwargs, secondKwargs] = [parseKwargs(a, a.id, "corrected"), parseKwargs(b, b.id, "corrected")];
  return (
    excludeEachOther(first.bounds?.(firstKwargs), second.bounds?.(secondKwargs)) ||
    first.contradicts?.(firstKwargs, b.id, secondKwargs) === true ||
    second.contradicts?.(secondKwargs, a.id, firstKwargs) === true
  );
}

function excludeEachOther(a: Bounds | undefined, b: Bounds | undefined): boolean {
  return a !== undefined && b !== undefined && a.of === b.of && (a.most < b.least || b.most < a.least);
}

/** Every pair of a list that excludes each other, as indices. Throws what parseKwargs throws. */
export function conflictingPairs(rules: readonly RuleNode[]): [number, number][] {
  return rules.flatMap((rule, index) =>
    rules
      .slice(index + 1)
      .flatMap((other, offset): [number, number][] => (areConflicting(rule, other) ? [[index, index + 1 + offset]] : [])),
  );
}
