// Instructions from templates alone: the closed world of the shipped data, drawn anew from a seed. Every instruction is solvable as
// the real checkers see it and has a demonstration that passes them. It keeps to the training side of the border between training
// and held-out data, so that what it makes never leaks into the shipped test sets.

import type { InstructionRecord } from "../../../shared/domain/instruction.ts";
import type { MixPart } from "../../../shared/domain/synthesis.ts";
import { mixSeed, Random } from "../tensor/random.ts";
import { planShapes, type PlannedShape } from "./mix.ts";
import { normalizedText } from "./world/keys.ts";
import { drawMaths } from "./world/maths.ts";
import { firstTruth, instructionRecord, mathsRecord } from "./world/records.ts";
import { drawVerified, verifiedDemonstration } from "./world/verified.ts";

/** Changes whenever the same seed would give other records. */
export const TEMPLATES_VERSION = "nano-world-2";

export interface TemplateRequest {
  readonly count: number;
  readonly mix: readonly MixPart[];
  readonly seed: number;
  /** Prompts that must not come again, as normalizedText. */
  readonly avoid?: ReadonlySet<string>;
}

export interface TemplateDraw {
  readonly index: number;
  readonly record: InstructionRecord;
}

/** A shape whose instructions are used up: this many draws in a row were there already. */
const MAX_REPEATS = 500;
/** Share of demonstrations that first draft wrongly, notice it and write again; as in the shipped data. */
const REVISE = 0.15;

/** One record a planned shape, in order; a shape that has no new instruction left gives nothing. */
export function* drawTemplateRecords({ count, mix, seed, avoid }: TemplateRequest): Generator<TemplateDraw> {
  const shapes = planShapes(mix, count, new Random(mixSeed("template-plan", seed)));
  const seen = new Set(avoid);
  const balance = { true: 0, false: 0 };
  for (const [index, planned] of shapes.entries()) {
    const random = new Random(mixSeed("template", seed, index));
    for (let repeats = 0; repeats < MAX_REPEATS; repeats++) {
      const id = `template-${seed}-${String(index + 1).padStart(5, "0")}`;
      const draw = drawOne(planned, random, id);
      const text = normalizedText(draw.record.messages[0]?.content ?? "");
      const leads = draw.truth !== undefined && balance[`${draw.truth}`] > balance[`${!draw.truth}`];
      if (seen.has(text) || leads) continue;
      if (draw.truth !== undefined) balance[`${draw.truth}`]++;
      seen.add(text);
      yield { index, record: draw.record };
      break;
    }
  }
}

function drawOne(
  { shape, constraints }: PlannedShape,
  random: Random,
  id: string,
): { readonly record: InstructionRecord; readonly truth: boolean | undefined } {
  if (shape === "maths") return { record: mathsRecord(drawMaths(random, "train"), "template", id), truth: undefined };
  const atoms = shape === "and" ? { atoms: constraints ?? 2 + random.integer(4) } : {};
  const instruction = drawVerified(random, { shape, side: "train", ...atoms });
  const expert = verifiedDemonstration(instruction, random, REVISE);
  const record = instructionRecord(instruction, expert, "template", id);
  return { record: asCorrected(record), truth: firstTruth(instruction) };
}

/** New records mean their rules as a person does; the shipped data, made from the same world, keeps the public checkers' reading. */
function asCorrected(record: InstructionRecord): InstructionRecord {
  return record.label.type === "tree" ? { ...record, label: { ...record.label, mode: "corrected" } } : record;
}
