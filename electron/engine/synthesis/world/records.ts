// Instructions and sums of the nano world as dataset records.

import type { Expert, InstructionRecord } from "../../../../shared/domain/instruction.ts";
import { compositionKind, depth } from "../../constraints/tree-shape.ts";
import type { Instruction } from "./instructions.ts";
import type { MathsProblem } from "./maths.ts";
import { activeChecks } from "./responses.ts";

/** `source` becomes the tag of that name. */
export function instructionRecord(instruction: Instruction, expert: Expert | undefined, source: string, id = ""): InstructionRecord {
  return {
    id,
    messages: [{ role: "user", content: instruction.prompt }],
    ...(instruction.input === undefined ? {} : { input: instruction.input.text }),
    label: { type: "tree", tree: instruction.tree },
    ...(expert === undefined ? {} : { expert }),
    tags: {
      composition: compositionKind(instruction.tree),
      depth: depth(instruction.tree),
      checks: activeChecks(instruction.plan),
      source,
    },
  };
}

export function mathsRecord(problem: MathsProblem, source: string, id = ""): InstructionRecord {
  return {
    id,
    messages: [{ role: "user", content: problem.prompt }],
    label: { type: "math", answer: String(problem.answer) },
    tags: { composition: "maths", depth: 0, checks: 1, source },
  };
}

/** Whether the first condition holds; used to take both branches equally often. */
export function firstTruth(instruction: Instruction): boolean | undefined {
  return instruction.plan.type === "choice" ? instruction.plan.condition.truth : undefined;
}
