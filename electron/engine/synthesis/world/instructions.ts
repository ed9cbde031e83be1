// Complex instructions: a goal with atoms, or a choice between two on a condition, nested up to depth 3. Owns drawing one,
// its wording and its composition tree. Answers and reasoning for it live in responses.ts.

import type { Random } from "../../tensor/random.ts";
import { depth } from "../../constraints/tree-shape.ts";
import type { CompositionNode } from "../../../../shared/domain/instruction.ts";
import type { Atom } from "./atom.ts";
import { drawAtom, repeatRequestAtom } from "./atoms.ts";
import { OOD_ATOM_MAKERS } from "./ood-atoms.ts";
import type { FreeGoal } from "./answers.ts";
import { drawCondition, type Condition } from "./conditions.ts";
import { drawChain, drawFixedGoal, type FixedGoal } from "./fixed-goals.ts";
import { combinationKey, combinationSide, type Side } from "./keys.ts";
import { SUBJECT_TOPICS, TOPICS, withArticle } from "./lexicon.ts";
import { makeMixedList, makeTallyList, makeText, type InputText } from "./sentences.ts";

/** A stretch of the instruction without a choice: at most one goal, any atoms. */
export interface Block {
  readonly type: "block";
  readonly goal: FreeGoal | FixedGoal | undefined;
  readonly atoms: readonly Atom[];
}

/** goal and atoms of a choice hold in both branches. `ladder` marks "or else if", one Selection with three branches. */
export interface Choice {
  readonly type: "choice";
  readonly goal: FreeGoal | undefined;
  readonly atoms: readonly Atom[];
  readonly condition: Condition;
  readonly then: Plan;
  readonly otherwise: Plan;
  readonly ladder: boolean;
}

export type Plan = Block | Choice;

export type Shape = "single" | "and" | "chain" | "selection" | "nested2" | "nested3";

export interface Instruction {
  readonly prompt: string;
  readonly plan: Plan;
  readonly tree: CompositionNode;
  readonly input: InputText | undefined;
  readonly shape: Shape;
}

export interface DrawOptions {
  readonly side: Side;
  readonly shape: Shape;
  /** Number of atoms of an And. */
  readonly atoms?: number;
  /** At least one rule that training data never has; single and and only. */
  readonly outOfDistribution?: boolean;
}

function drawFreeGoal(random: Random): FreeGoal {
  if (random.float() < 0.6) return { kind: "list", topic: random.pick(TOPICS) };
  return { kind: "sentence", noun: random.pick(random.pick(SUBJECT_TOPICS).words) };
}

export function sayGoal(goal: FreeGoal | FixedGoal, random: Random): string {
  if (goal.kind === "fixed") return random.pick(goal.wordings);
  if (goal.kind === "list") {
    const name = goal.topic.plural;
    return random.pick([
      `list some ${name}`,
      `name some ${name}`,
      `give me some ${name}`,
      `write down some ${name}`,
      `think of some ${name} and list them`,
      `make a list of ${name}`,
    ]);
  }
  const name = withArticle(goal.noun);
  return random.pick([
    `write something about ${name}`,
    `say something about ${name}`,
    `tell me about ${name}`,
    `write a short text about ${name}`,
    `describe ${name}`,
  ]);
}

function drawAtoms(random: Random, goal: FreeGoal, count: number, present: readonly Atom[] = []): Atom[] {
  const atoms: Atom[] = [];
  for (let i = 0; atoms.length < count && i < 20; i++) {
    const atom = drawAtom(random, goal, [...present, ...atoms]);
    if (atom !== undefined) atoms.push(atom);
  }
  return atoms;
}

export function planTree(plan: Plan): CompositionNode {
  const own = plan.atoms.map((atom): CompositionNode => atom.rule);
  if (plan.type === "block") {
    if (plan.goal?.kind === "fixed") own.push(plan.goal.node);
  } else own.push(selectionNode(plan));
  const only = own[0];
  if (only === undefined) throw new Error("a block without any check");
  return own.length === 1 ? only : { type: "and", children: own };
}

function selectionNode(choice: Choice): CompositionNode {
  const first = { when: choice.condition.rule, then: planTree(choice.then) };
  const rest = choice.otherwise;
  if (choice.ladder && rest.type === "choice") {
    const second = { when: rest.condition.rule, then: planTree(rest.then) };
    return { type: "selection", branches: [first, second], otherwise: planTree(rest.otherwise) };
  }
  return { type: "selection", branches: [first], otherwise: planTree(rest) };
}

function joinClauses(clauses: readonly string[]): string {
  if (clauses.length <= 1) return clauses[0] ?? "";
  return `${clauses.slice(0, -1).join(", ")} and ${clauses.at(-1) ?? ""}`;
}

function clausesOf(part: Block | Choice, random: Random): string[] {
  const clauses = part.atoms.map((atom) => random.pick(atom.wordings));
  return part.goal === undefined ? clauses : [sayGoal(part.goal, random), ...clauses];
}

function sayBlock(block: Block, random: Random, goalClause?: string): string {
  const atoms = random.shuffle(block.atoms.map((atom) => random.pick(atom.wordings)));
  const goal = goalClause ?? (block.goal === undefined ? undefined : sayGoal(block.goal, random));
  if (goal === undefined) return `${joinClauses(atoms)}.`;
  if (atoms.length === 0) return `${goal}.`;
  const layout = random.float();
  if (layout < 0.35) return `${[goal, ...atoms].join(". ")}.`;
  if (layout < 0.5) return `${goal}. ${joinClauses(atoms)}.`;
  if (layout < 0.65) return `${[`${goal} and ${atoms[0] ?? ""}`, ...atoms.slice(1)].join(". ")}.`;
  if (layout < 0.8) return `${goal}. ${random.pick(["rules", "follow these rules", "mind this"])}: ${atoms.join("; ")}.`;
  return `${[...atoms, goal].join(". ")}.`;
}

function sayChoice(choice: Choice, random: Random): string {
  const { condition, then, otherwise } = choice;
  const holds = random.pick(condition.holds);
  const fails = random.pick(condition.fails);
  const block = (plan: Plan): string => (plan.type === "block" ? joinClauses(clausesOf(plan, random)) : "");
  if (then.type === "choice") {
    const inner = then.condition;
    return `if ${holds} and ${random.pick(inner.holds)}, ${block(then.then)}. if ${holds} but ${random.pick(inner.fails)}, ${block(then.otherwise)}. if ${fails}, ${block(otherwise)}.`;
  }
  if (otherwise.type === "choice") {
    const inner = otherwise.condition;
    return `if ${holds}, ${block(then)}. or else, if ${random.pick(inner.holds)}, ${block(otherwise.then)}. in all other cases, ${block(otherwise.otherwise)}.`;
  }
  const yes = block(then);
  const no = block(otherwise);
  return random.pick([
    `if ${holds}, ${yes}. otherwise, ${no}.`,
    `if ${holds}, ${yes}. if not, ${no}.`,
    `when ${holds}, ${yes}. when ${fails}, ${no}.`,
    `there are two cases. if ${holds}: ${yes}. if ${fails}: ${no}.`,
    `if ${fails}, ${no}. otherwise, ${yes}.`,
  ]);
}

function sayInput(input: InputText, random: Random): string {
  if (input.kind === "list")
    return random.pick([
      `list: ${input.text}.`,
      `here is a list: ${input.text}.`,
      `look at this list: ${input.text}.`,
      `the list is: ${input.text}.`,
    ]);
  return random.pick([
    `text: "${input.text}"`,
    `here is a text: "${input.text}"`,
    `read this text: "${input.text}"`,
    `the text is "${input.text}"`,
  ]);
}

function sayInstruction(plan: Plan, input: InputText | undefined, random: Random, goalClause?: string): string {
  const parts: string[] = [];
  if (input !== undefined) parts.push(sayInput(input, random));
  if (plan.type === "block") parts.push(sayBlock(plan, random, goalClause));
  else {
    const shared = clausesOf(plan, random);
    const choice = sayChoice(plan, random);
    const before = shared.length > 0 ? `${shared[0]}.` : "";
    const after = shared.length > 1 ? `in any case, ${joinClauses(shared.slice(1))}.` : "";
    parts.push(...(random.float() < 0.5 ? [before, choice, after] : [before, after, choice]).filter((part) => part !== ""));
  }
  return parts.join(" ");
}

function drawInput(random: Random, side: Side): InputText {
  const draw = random.float();
  if (draw < 0.55) return makeText(random, side);
  return draw < 0.8 ? makeMixedList(random, side) : makeTallyList(random, side);
}

function conditionOn(random: Random, input: InputText, truth: boolean): Condition | undefined {
  for (let i = 0; i < 8; i++) {
    const condition = drawCondition(random, input, truth);
    if (condition !== undefined) return condition;
  }
  return undefined;
}

/** Branch atoms: in half of the cases both branches ask the same kind of thing with different values. */
function branchAtoms(random: Random, goal: FreeGoal, shared: readonly Atom[], size: number, like?: readonly Atom[]): Atom[] {
  if (like !== undefined && random.float() < 0.4) {
    for (let i = 0; i < 30; i++) {
      const atoms = drawAtoms(random, goal, size, shared);
      if (atoms[0]?.kind === like[0]?.kind && JSON.stringify(atoms[0]?.rule) !== JSON.stringify(like[0]?.rule)) return atoms;
    }
  }
  return drawAtoms(random, goal, size, shared);
}

function drawBranch(random: Random, input: InputText, rich: boolean): Block | undefined {
  const draw = random.float();
  if (rich && draw < 0.35 && input.kind === "list") {
    const chain = new Set(input.words).size === input.words.length ? drawChain(random, input) : undefined;
    if (chain !== undefined) return { type: "block", goal: chain, atoms: [] };
  }
  if (!rich && draw < 0.45) {
    const goal = random.float() < 0.75 ? drawFixedGoal(random, input, true) : drawFixedGoal(random, undefined, true);
    return goal === undefined ? undefined : { type: "block", goal, atoms: [] };
  }
  const goal = drawFreeGoal(random);
  const size = rich ? 2 + (random.float() < 0.25 ? 1 : 0) : 1;
  const atoms = drawAtoms(random, goal, size);
  return atoms.length === size ? { type: "block", goal, atoms } : undefined;
}

function drawChoice(
  random: Random,
  input: InputText,
  truth: boolean,
  options: { rich: boolean; sharedAtoms: number; shared: boolean },
): Choice | undefined {
  const condition = conditionOn(random, input, truth);
  if (condition === undefined) return undefined;
  const base = { type: "choice", condition, ladder: false } as const;
  if (!options.shared) {
    const then = drawBranch(random, input, options.rich);
    const otherwise = drawBranch(random, input, options.rich && random.float() < 0.7);
    if (then === undefined || otherwise === undefined) return undefined;
    return { ...base, goal: undefined, atoms: [], then, otherwise };
  }
  const goal = drawFreeGoal(random);
  const atoms = drawAtoms(random, goal, options.sharedAtoms);
  const size = options.rich ? 2 : 1;
  const first = branchAtoms(random, goal, atoms, size);
  const second = branchAtoms(random, goal, atoms, size, first);
  if (atoms.length !== options.sharedAtoms || first.length !== size || second.length !== size) return undefined;
  const block = (own: readonly Atom[]): Block => ({ type: "block", goal: undefined, atoms: own });
  return { ...base, goal, atoms, then: block(first), otherwise: block(second) };
}

function drawThreeWay(random: Random, input: InputText, rich: boolean): Choice | undefined {
  const ladder = !rich || random.float() < 0.4;
  const outer = conditionOn(random, input, random.float() < (ladder ? 0.34 : 0.5));
  const inner = drawChoice(random, input, random.float() < 0.5, { rich, sharedAtoms: 0, shared: false });
  const side = drawBranch(random, input, rich && random.float() < 0.5);
  if (outer === undefined || inner === undefined || side === undefined || sameTopic(outer, inner.condition)) return undefined;
  const plans = ladder ? { then: side, otherwise: inner } : { then: inner, otherwise: side };
  return { type: "choice", goal: undefined, atoms: [], condition: outer, ...plans, ladder };
}

/** Two length conditions on one text could exclude each other. */
function sameTopic(a: Condition, b: Condition): boolean {
  return a.rule.id === b.rule.id;
}

function drawBlock(random: Random, options: DrawOptions): { plan: Block; input: InputText | undefined; goalClause?: string } | undefined {
  const size = options.shape === "single" ? 1 : (options.atoms ?? 2);
  if (options.outOfDistribution !== true && (options.shape === "single" ? random.float() < 0.2 : size === 2 && random.float() < 0.06)) {
    const input = random.float() < 0.8 ? drawInput(random, options.side) : undefined;
    const goal = drawFixedGoal(random, input, false);
    if (goal === undefined || (goal.node.type === "rule") !== (options.shape === "single")) return undefined;
    return { plan: { type: "block", goal, atoms: [] }, input };
  }
  const goal = drawFreeGoal(random);
  const atoms: Atom[] = [];
  if (options.outOfDistribution === true) {
    const atom = drawAtom(random, goal, [], OOD_ATOM_MAKERS);
    if (atom !== undefined) atoms.push(atom);
    const more = random.float() < 0.25 ? drawAtom(random, goal, atoms, OOD_ATOM_MAKERS) : undefined;
    if (more !== undefined && atoms.length < size) atoms.push(more);
  }
  const goalClause = sayGoal(goal, random);
  if (atoms.length === 0 && random.float() < 0.06) atoms.push(repeatRequestAtom(goalClause));
  atoms.push(...drawAtoms(random, goal, size - atoms.length, atoms));
  if (atoms.length !== size) return undefined;
  return { plan: { type: "block", goal, atoms }, input: undefined, goalClause };
}

function drawPlan(random: Random, options: DrawOptions): { plan: Plan; input: InputText | undefined; goalClause?: string } | undefined {
  const { side, shape } = options;
  if (shape === "single" || shape === "and") return drawBlock(random, options);
  if (shape === "chain") {
    const input = makeMixedList(random, side);
    const goal = drawChain(random, input);
    return goal === undefined ? undefined : { plan: { type: "block", goal, atoms: [] }, input };
  }
  const input = drawInput(random, side);
  const truth = random.float() < 0.5;
  let plan: Plan | undefined;
  const draw = random.float();
  if (shape === "selection") {
    plan =
      draw < 0.15
        ? drawThreeWay(random, input, false)
        : drawChoice(random, input, truth, { rich: false, sharedAtoms: 0, shared: draw < 0.6 });
  } else if (shape === "nested2") {
    if (draw < 0.45) plan = drawChoice(random, input, truth, { rich: false, sharedAtoms: 1 + random.integer(2), shared: true });
    else plan = drawChoice(random, input, truth, { rich: true, sharedAtoms: 0, shared: draw < 0.65 });
  } else if (draw < 0.4) plan = drawChoice(random, input, truth, { rich: true, sharedAtoms: 1, shared: true });
  else plan = drawThreeWay(random, input, true);
  return plan === undefined ? undefined : { plan, input };
}

/** A choice between two things that are the same is none. */
function sameBranches(plan: Plan): boolean {
  if (plan.type === "block") return false;
  const same = combinationKey(planTree(plan.then)) === combinationKey(planTree(plan.otherwise));
  return same || sameBranches(plan.then) || sameBranches(plan.otherwise);
}

const SHAPE_DEPTH: Record<Shape, number> = { single: 0, and: 1, chain: 1, selection: 1, nested2: 2, nested3: 3 };

/** Draws until an instruction of the wanted shape and side comes out. `accept` may refuse more (e.g. unsolvable ones). */
export function drawInstruction(random: Random, options: DrawOptions, accept: (instruction: Instruction) => boolean): Instruction {
  for (;;) {
    const drawn = drawPlan(random, options);
    if (drawn === undefined) continue;
    const tree = planTree(drawn.plan);
    if (sameBranches(drawn.plan) || depth(tree) !== SHAPE_DEPTH[options.shape] || combinationSide(tree) !== options.side) continue;
    const prompt = sayInstruction(drawn.plan, drawn.input, random, drawn.goalClause);
    const instruction: Instruction = { prompt, plan: drawn.plan, tree, input: drawn.input, shape: options.shape };
    if (accept(instruction)) return instruction;
  }
}
