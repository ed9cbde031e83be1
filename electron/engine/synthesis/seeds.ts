// Requests to start from, and how they are taken evenly from every kind.

import type { Random } from "../tensor/random.ts";

export interface Seed {
  readonly text: string;
  readonly ability: string;
  readonly topic: string;
  /** ISO 639-1. */
  readonly language: string;
}

/**
 * So many seeds, in turn from each pair of ability and topic, and within one each seed before any comes twice. Languages keep the
 * share they have among the seeds.
 */
export function balancedSeeds(seeds: readonly Seed[], count: number, random: Random): Seed[] {
  const kinds = random.shuffle(
    [...Map.groupBy(seeds, ({ ability, topic }) => `${ability} ${topic}`).values()].map((kind) => random.shuffle(kind)),
  );
  const taken: Seed[] = [];
  for (let round = 0; taken.length < count && kinds.length > 0; round++) {
    for (const kind of kinds.slice(0, count - taken.length)) taken.push(kind[round % kind.length]!);
  }
  return taken;
}
