// The gate between drawing and using an instruction: every branch must be solvable, as judged by the real rule checkers, and a
// demonstration must pass all of them. Nothing enters a dataset or the corpus without it.

import { activeVerdicts, checkRule, evaluateTree } from "../../constraints/composition.ts";
import type { Random } from "../../tensor/random.ts";
import type { CompositionNode } from "../../../../shared/domain/instruction.ts";
import { drawInstruction, type DrawOptions, type Instruction, type Plan } from "./instructions.ts";
import { demonstrate, type Demonstration } from "./responses.ts";

/** Whether the answer passes every active check of the instruction. */
export function passesAll(instruction: Instruction, answer: string): boolean {
  return activeVerdicts(evaluateTree(instruction.tree, answer, instruction.input?.text)).every((verdict) => verdict.passed);
}

/** The plan once for every path through its choices, with the conditions' truth set to that path. */
function pathsOf(plan: Plan): Plan[] {
  if (plan.type === "block") return [plan];
  const held = pathsOf(plan.then).map((then): Plan => ({ ...plan, condition: { ...plan.condition, truth: true }, then }));
  const failed = pathsOf(plan.otherwise).map((otherwise): Plan => ({ ...plan, condition: { ...plan.condition, truth: false }, otherwise }));
  return [...held, ...failed];
}

function leavesOnPath(plan: Plan): CompositionNode[] {
  const own: CompositionNode[] = plan.atoms.map((atom) => atom.rule);
  if (plan.type === "choice") return [...own, ...leavesOnPath(plan.condition.truth ? plan.then : plan.otherwise)];
  return plan.goal?.kind === "fixed" ? [...own, plan.goal.node] : own;
}

function solvable(instruction: Instruction, random: Random): boolean {
  return pathsOf(instruction.plan).every((plan) => {
    const answer = demonstrate({ ...instruction, plan }, random, 0)?.answer;
    const nodes = leavesOnPath(plan);
    return answer !== undefined && nodes.every((node) => evaluateTree(node, answer, undefined).every((verdict) => verdict.passed));
  });
}

/** The conditions' stored truth must be what the checkers see on the input. */
function conditionsTrue(plan: Plan, input: string): boolean {
  if (plan.type === "block") return true;
  return (
    checkRule(plan.condition.rule, input).passed === plan.condition.truth &&
    conditionsTrue(plan.then, input) &&
    conditionsTrue(plan.otherwise, input)
  );
}

export function drawVerified(random: Random, options: DrawOptions): Instruction {
  return drawInstruction(
    random,
    options,
    (instruction) => conditionsTrue(instruction.plan, instruction.input?.text ?? "") && solvable(instruction, random),
  );
}

/** A careful demonstration that passes every check. Throws if forty attempts fail: the instruction was then not solvable after all. */
export function verifiedDemonstration(instruction: Instruction, random: Random, revise: number): Demonstration {
  for (let i = 0; i < 40; i++) {
    const demonstration = demonstrate(instruction, random, revise);
    if (demonstration !== undefined && passesAll(instruction, demonstration.answer)) return demonstration;
  }
  throw new Error(`no demonstration passes: ${instruction.prompt}`);
}
