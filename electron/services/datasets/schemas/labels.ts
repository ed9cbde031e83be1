// Labels made of what benchmarks store: rules with arguments, yes/no questions, a maths answer.

import type { CheckMode } from "../../../../shared/domain/instruction.ts";
import { BadField, isFields, type Fields } from "./schema.ts";

/** All of the rules hold; a single one stands alone. Arguments that are null are left out, as the public checkers do. */
export function rulesLabel(ids: readonly unknown[], kwargs: readonly unknown[], field: string): Fields {
  if (ids.length === 0) throw new BadField(field, "names no rule");
  if (kwargs.length !== ids.length) throw new BadField("kwargs", `has ${kwargs.length} entries for ${ids.length} rules`);
  const rules = ids.map((id, index) => {
    if (typeof id !== "string" || id === "") throw new BadField(field, "has a rule without a name");
    const given = kwargs[index] ?? {};
    if (!isFields(given)) throw new BadField("kwargs", `entry ${index + 1} is no object`);
    return { type: "rule", id, kwargs: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)) };
  });
  return tree(rules);
}

export interface AskedQuestion {
  readonly text: string;
  readonly weight?: number;
  /** What other questions call this one by, and which of them have to hold first. */
  readonly key?: string;
  readonly dependsOn?: readonly string[];
}

/** All of the questions are answered with yes; blank ones are left out. */
export function questionsLabel(questions: readonly (string | AskedQuestion)[]): Fields | undefined {
  const asked = questions
    .map((question) => (typeof question === "string" ? { text: question } : question))
    .filter(({ text }) => text.trim() !== "");
  return asked.length === 0 ? undefined : tree(asked.map((question) => ({ type: "question", ...question })));
}

function tree(leaves: readonly Fields[]): Fields {
  return { type: "tree", tree: leaves.length === 1 ? leaves[0] : { type: "and", children: leaves } };
}

/** All of the leaves hold, in this reading of the rules. */
export function labelledTree(leaves: readonly Fields[], mode: CheckMode): Fields {
  return { ...tree(leaves), mode };
}

export function mathsLabel(answer: string): Fields {
  return { type: "math", answer };
}
