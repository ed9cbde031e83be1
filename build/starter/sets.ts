// The three sets of the starter data: how many records of which shape, on which side of the border, with or without experts.
// Pure: the same code gives the same records. Writing them to files is generate.ts.

import { validateRecord } from "../../electron/engine/rewards/reward.ts";
import { mixSeed, Random } from "../../electron/engine/tensor/random.ts";
import { instructionRecordSchema, type InstructionRecord } from "../../shared/domain/instruction.ts";
import { drawMaths } from "../../electron/engine/synthesis/world/maths.ts";
import type { Shape } from "../../electron/engine/synthesis/world/instructions.ts";
import { normalizedText, type Side } from "../../electron/engine/synthesis/world/keys.ts";
import { firstTruth, instructionRecord, mathsRecord } from "../../electron/engine/synthesis/world/records.ts";
import { drawVerified, verifiedDemonstration } from "../../electron/engine/synthesis/world/verified.ts";

export const SEED = 20_260;
/** Share of expert demonstrations that first draft wrongly, notice it and write again. */
const REVISE = 0.15;

interface Quota {
  readonly shape: Shape;
  readonly atoms?: number;
  readonly count: number;
}

export interface SetPlan {
  readonly name: "train" | "heldout" | "heldout-ood";
  readonly side: Side;
  readonly expert: boolean;
  readonly outOfDistribution: boolean;
  readonly quotas: readonly Quota[];
  readonly maths: number;
}

export const SETS: readonly SetPlan[] = [
  {
    name: "train",
    side: "train",
    expert: true,
    outOfDistribution: false,
    maths: 600,
    quotas: [
      { shape: "single", count: 240 },
      { shape: "and", atoms: 2, count: 480 },
      { shape: "and", atoms: 3, count: 600 },
      { shape: "and", atoms: 4, count: 330 },
      { shape: "and", atoms: 5, count: 120 },
      { shape: "chain", count: 390 },
      { shape: "selection", count: 450 },
      { shape: "nested2", count: 420 },
      { shape: "nested3", count: 210 },
    ],
  },
  {
    name: "heldout",
    side: "heldout",
    expert: false,
    outOfDistribution: false,
    maths: 50,
    quotas: [
      { shape: "single", count: 40 },
      { shape: "and", atoms: 2, count: 70 },
      { shape: "and", atoms: 3, count: 90 },
      { shape: "and", atoms: 4, count: 50 },
      { shape: "and", atoms: 5, count: 20 },
      { shape: "chain", count: 65 },
      { shape: "selection", count: 70 },
      { shape: "nested2", count: 60 },
      { shape: "nested3", count: 35 },
    ],
  },
  {
    name: "heldout-ood",
    side: "heldout",
    expert: false,
    outOfDistribution: true,
    maths: 0,
    quotas: [
      { shape: "single", count: 30 },
      { shape: "and", atoms: 2, count: 60 },
      { shape: "and", atoms: 3, count: 70 },
      { shape: "and", atoms: 4, count: 40 },
    ],
  },
];

/** The records of one set in random order, each valid by schema and rules. Throws if one is not. */
export function makeSet(plan: SetPlan): InstructionRecord[] {
  const random = new Random(mixSeed("starter", SEED, plan.name));
  const seen = new Set<string>();
  const records: InstructionRecord[] = [];
  for (const quota of plan.quotas) {
    const taken = { true: 0, false: 0 };
    for (let made = 0; made < quota.count;) {
      const instruction = drawVerified(random, { ...quota, side: plan.side, outOfDistribution: plan.outOfDistribution });
      const text = normalizedText(instruction.prompt);
      const truth = firstTruth(instruction);
      if (seen.has(text) || (truth !== undefined && taken[`${truth}`] >= Math.ceil(quota.count / 2))) continue;
      if (truth !== undefined) taken[`${truth}`]++;
      seen.add(text);
      const expert = plan.expert ? verifiedDemonstration(instruction, random, REVISE) : undefined;
      records.push(instructionRecord(instruction, expert, "starter"));
      made++;
    }
  }
  for (let made = 0; made < plan.maths;) {
    const problem = drawMaths(random, plan.side);
    const text = normalizedText(problem.prompt);
    if (seen.has(text)) continue;
    seen.add(text);
    records.push(mathsRecord(problem, "starter"));
    made++;
  }
  const ordered = random.shuffle(records).map((record, i) => ({ ...record, id: `${plan.name}-${String(i + 1).padStart(4, "0")}` }));
  for (const record of ordered) {
    instructionRecordSchema.parse(record);
    validateRecord(record, record.id);
  }
  return ordered;
}

export function jsonLines(records: readonly InstructionRecord[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join("");
}
