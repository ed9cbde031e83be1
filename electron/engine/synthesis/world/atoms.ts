// Draws atoms that fit a goal and each other. The atoms themselves are in word-, format-, structure- and ood-atoms.ts; the
// order of the catalogue is part of what a seed means.

import type { Random } from "../../tensor/random.ts";
import type { FreeGoal } from "./answers.ts";
import { rule, type Atom, type AtomMaker } from "./atom.ts";
import { FORMAT_ATOMS } from "./format-atoms.ts";
import { OOD_ATOM_MAKERS } from "./ood-atoms.ts";
import { STRUCTURE_ATOMS } from "./structure-atoms.ts";
import { WORD_ATOMS } from "./word-atoms.ts";

const ATOM_MAKERS: readonly AtomMaker[] = [...WORD_ATOMS, ...FORMAT_ATOMS, ...STRUCTURE_ATOMS];

const CONFLICTS = new Set<string>();
for (const maker of [...ATOM_MAKERS, ...OOD_ATOM_MAKERS]) {
  for (const other of maker.conflicts.split(" ")) {
    CONFLICTS.add(`${maker.kind} ${other}`);
    CONFLICTS.add(`${other} ${maker.kind}`);
  }
}

export function conflict(a: string, b: string): boolean {
  return a === b || CONFLICTS.has(`${a} ${b}`);
}

/** Adds the request to the answer; needs the wording of the goal, so it is made once that is known. */
export function repeatRequestAtom(request: string): Atom {
  return {
    kind: "repeat_request",
    rule: rule("combination:repeat_prompt", { prompt_to_repeat: request }),
    tag: "repeat request",
    wordings: [
      `first repeat "${request}" and then answer`,
      `begin with "${request}" word for word, then answer`,
      `copy "${request}" before your answer`,
      `start by writing "${request}" and then the answer`,
    ],
    obey: (demands) => void (demands.repeatRequest = request),
  };
}

/** One atom that fits the goal and the atoms already there; undefined when the draw does not fit. */
export function drawAtom(
  random: Random,
  goal: FreeGoal,
  present: readonly Atom[],
  makers: readonly AtomMaker[] = ATOM_MAKERS,
): Atom | undefined {
  const fitting = makers.filter(
    (maker) => (maker.forms === "both" || maker.forms === goal.kind) && present.every((atom) => !conflict(maker.kind, atom.kind)),
  );
  let ticket = random.float() * fitting.reduce((sum, maker) => sum + maker.weight, 0);
  for (const maker of fitting) {
    ticket -= maker.weight;
    if (ticket <= 0) return { kind: maker.kind, ...maker.make(random, goal) };
  }
  return undefined;
}
