// Prints random instructions of one shape with a direct, a shallow and a deep response, for reading.
// Run: node build/starter/show.ts <single|and|chain|selection|nested2|nested3|ood|maths> [count] [seed]

import { mixSeed, Random } from "../../electron/engine/tensor/random.ts";
import type { Shape } from "../../electron/engine/synthesis/world/instructions.ts";
import { drawMaths } from "../../electron/engine/synthesis/world/maths.ts";
import { answerCarelessly, shallowThought } from "../../electron/engine/synthesis/world/responses.ts";
import { drawVerified, verifiedDemonstration } from "../../electron/engine/synthesis/world/verified.ts";

const wanted = process.argv[2] ?? "and";
const count = Number(process.argv[3] ?? 20);
const random = new Random(mixSeed("show", wanted, Number(process.argv[4] ?? 1)));
for (let i = 0; i < count; i++) {
  if (wanted === "maths") {
    const problem = drawMaths(random, "train");
    process.stdout.write(`${problem.prompt}\n  deep: ${problem.work}. -> ${problem.answer}\n\n`);
    continue;
  }
  const outOfDistribution = wanted === "ood";
  const shape = outOfDistribution ? "and" : (wanted as Shape);
  const instruction = drawVerified(random, { side: "train", shape, atoms: 2 + random.integer(4), outOfDistribution });
  const demonstration = verifiedDemonstration(instruction, random, 0.12);
  const direct = answerCarelessly(instruction, random, { overlook: 0.3, wrongBranch: 0.4 }) ?? "(none)";
  const show = (text: string): string => text.replaceAll("\n", "\n    | ");
  process.stdout.write(`${instruction.prompt}\n  shallow: ${shallowThought(instruction, random)}\n  careless: ${show(direct)}\n`);
  process.stdout.write(`  deep: ${demonstration.think}\n  answer: ${show(demonstration.answer)}\n\n`);
}
