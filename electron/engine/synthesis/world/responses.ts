// What an assistant writes for an instruction: the answer, and the reasoning before it in one of two styles. Deep reasoning
// lists the rules, decides branches by reading aloud, drafts with numbers and checks; shallow reasoning repeats and jumps.

import type { Random } from "../../tensor/random.ts";
import { casedList, writeAnswer, type FreeGoal, type WrittenAnswer } from "./answers.ts";
import type { Atom } from "./atom.ts";
import type { Condition } from "./conditions.ts";
import { countedAloud } from "./conditions.ts";
import { noDemands, type Demands } from "./demands.ts";
import type { FixedGoal } from "./fixed-goals.ts";
import type { Instruction, Plan } from "./instructions.ts";

export interface Carelessness {
  /** Probability that an atom (or a step) is overlooked. */
  readonly overlook: number;
  /** Probability that a branch is decided wrongly. */
  readonly wrongBranch: number;
}

export interface Active {
  readonly goal: FreeGoal | FixedGoal | undefined;
  readonly atoms: readonly Atom[];
  readonly conditions: readonly Condition[];
}

/** Goal, atoms and conditions on the path that `decide` takes through the plan. */
export function activePart(plan: Plan, decide: (condition: Condition) => boolean): Active {
  if (plan.type === "block") return { goal: plan.goal, atoms: plan.atoms, conditions: [] };
  const inner = activePart(decide(plan.condition) ? plan.then : plan.otherwise, decide);
  return { goal: plan.goal ?? inner.goal, atoms: [...plan.atoms, ...inner.atoms], conditions: [plan.condition, ...inner.conditions] };
}

/** Number of checks an answer to this instruction is measured by. */
export function activeChecks(plan: Plan): number {
  const active = activePart(plan, (condition) => condition.truth);
  return active.atoms.length + (active.goal?.kind === "fixed" ? active.goal.checks : 0);
}

function demandsOf(atoms: readonly Atom[], overlooked: ReadonlySet<Atom>): Demands {
  const demands = noDemands();
  for (const atom of atoms) {
    if (overlooked.has(atom)) atom.flout?.(demands);
    else atom.obey(demands);
  }
  return demands;
}

function write(goal: FreeGoal, demands: Demands, random: Random): WrittenAnswer | undefined {
  for (let i = 0; i < 6; i++) {
    const written = writeAnswer(goal, demands, random);
    if (written !== undefined) return written;
  }
  return undefined;
}

/** The answer alone, with the given carelessness; undefined when the atoms cannot be met together. */
export function answerCarelessly(instruction: Instruction, random: Random, carelessness: Carelessness): string | undefined {
  const active = activePart(instruction.plan, (condition) =>
    random.float() < carelessness.wrongBranch ? !condition.truth : condition.truth,
  );
  const { goal } = active;
  if (goal === undefined) throw new Error("a plan without a goal");
  if (goal.kind === "fixed") return goal.careless(random, carelessness.overlook);
  const overlooked = new Set(active.atoms.filter(() => random.float() < carelessness.overlook));
  const written =
    write(goal, demandsOf(active.atoms, overlooked), random) ??
    write(
      goal,
      demandsOf(
        active.atoms.filter((atom) => !overlooked.has(atom)),
        new Set(),
      ),
      random,
    );
  return written?.text;
}

export interface Demonstration {
  readonly think: string;
  readonly answer: string;
}

function decisions(conditions: readonly Condition[]): string[] {
  return conditions.map((condition) => `if ${condition.tag}? ${condition.work}: ${condition.truth ? "yes" : "no"}.`);
}

function draftLine(goal: FreeGoal, groups: WrittenAnswer["groups"], demands: Demands): string {
  if (goal.kind === "list") return countedAloud(casedList(groups[0] ?? [], demands));
  let from = 1;
  return groups
    .map((words) => {
      const line = countedAloud(words, from);
      from += words.length;
      return line;
    })
    .join(". ");
}

/** Careful reasoning and its answer. With probability `revise` a first draft misses one rule, is caught and written again. */
export function demonstrate(instruction: Instruction, random: Random, revise: number): Demonstration | undefined {
  const active = activePart(instruction.plan, (condition) => condition.truth);
  const { goal, atoms } = active;
  if (goal === undefined) throw new Error("a plan without a goal");
  const lines = decisions(active.conditions);
  const tags = [...atoms.map((atom) => atom.tag), ...(goal.kind === "fixed" ? [goal.tag] : [])];
  lines.push(`${lines.length > 0 ? "so" : "rules"}: ${tags.join("; ")}.`);
  if (goal.kind === "fixed") {
    lines.push(`${goal.work}.`, "ok");
    return { think: lines.join(" "), answer: goal.answer };
  }
  const demands = demandsOf(atoms, new Set());
  const written = write(goal, demands, random);
  if (written === undefined) return undefined;
  const checkable = atoms.filter((atom) =>
    ["exact", "words_min", "words_below", "first", "last", "include", "sorted", "unique"].includes(atom.kind),
  );
  if (checkable.length > 0 && random.float() < revise) {
    const missed = random.pick(checkable);
    const draft = write(goal, demandsOf(atoms, new Set([missed])), random);
    if (draft !== undefined && violates(missed, draft)) {
      lines.push(`write: ${draftLine(goal, draft.groups, demands)}. check: ${missed.tag} no. again:`);
    } else lines.push("write:");
  } else lines.push("write:");
  lines.push(`${draftLine(goal, written.groups, demands)}. check: ${atoms.map((atom) => `${atom.tag} ok`).join("; ")}.`);
  return { think: lines.join(" "), answer: written.text };
}

/** Whether the words of a draft really break a word-level atom. */
function violates(atom: Atom, draft: WrittenAnswer): boolean {
  const words = draft.groups.flat();
  const kwargs = atom.rule.kwargs;
  switch (atom.kind) {
    case "exact":
      return words.length !== kwargs["count"];
    case "words_min":
      return words.length < Number(kwargs["num_words"]);
    case "words_below":
      return words.length >= Number(kwargs["num_words"]);
    case "first":
      return words[0] !== kwargs["word"];
    case "last":
      return words.at(-1) !== kwargs["word"];
    case "include":
      return !(kwargs["keywords"] as string[]).every((word) => words.includes(word));
    case "sorted":
      return words.some((word, i) => i > 0 && word < (words[i - 1] ?? ""));
    case "unique":
      return new Set(words).size !== words.length;
    default:
      return false;
  }
}

function plainTopic(goal: FreeGoal | FixedGoal | undefined): string {
  if (goal === undefined) return "an answer";
  if (goal.kind === "list") return `some ${goal.topic.plural}`;
  return goal.kind === "sentence" ? `a text about a ${goal.noun}` : "an answer";
}

/** Repeats a part of the request and jumps to the answer. Nothing in it helps. */
export function shallowThought(instruction: Instruction, random: Random): string {
  const { goal, atoms } = activePart(instruction.plan, () => random.float() < 0.5);
  const what = plainTopic(goal);
  const open = random.pick([
    `the user wants ${what}.`,
    `i need to write ${what}.`,
    `the request is for ${what}.`,
    `let me think about ${what}.`,
    `i have to give ${what}.`,
    `this asks for ${what}.`,
  ]);
  const mention =
    atoms.length > 0 && random.float() < 0.6
      ? ` ${random.pick(["they say", "the user says", "it says", "i should"])}: ${random.pick(random.pick(atoms).wordings)}.`
      : "";
  const look = instruction.input !== undefined && random.float() < 0.5 ? ` there is a ${instruction.input.kind} to look at.` : "";
  const close = random.pick([
    " i will write it.",
    " this is easy.",
    " i will answer now.",
    " here it is.",
    " let me write the answer.",
    " that should be fine.",
  ]);
  return `${open}${look}${mention}${close}`;
}
