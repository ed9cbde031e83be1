import { expect, test } from "vitest";
import { Random } from "../tensor/random.ts";
import { planBatches, planEvenBatches, type BatchPart } from "./plan-batches.ts";
import type { GenerationGroup } from "./types.ts";

const random = new Random(4);
const group = (prompt: number, rows: number): GenerationGroup => ({
  promptIds: new Array<number>(prompt).fill(1),
  seeds: Array.from({ length: rows }, (_, row) => row),
});
const rowsOf = (batch: readonly BatchPart[]) => batch.reduce((sum, { start, end }) => sum + end - start, 0);

test.each(Array.from({ length: 20 }, (_, round) => round))("every row is in one batch, whatever the groups are: %d", () => {
  const groups = Array.from({ length: 1 + random.integer(9) }, () => group(1 + random.integer(50), random.integer(14)));
  const total = groups.reduce((sum, { seeds }) => sum + seeds.length, 0);
  const count = 1 + random.integer(Math.max(1, total));
  const most = 1 + random.integer(10);
  const [even, filled] = [planEvenBatches(groups, count), planBatches(groups, most)];
  for (const batches of [even, filled]) {
    const rows = batches.flat().flatMap(({ group: of, start, end }) => Array.from({ length: end - start }, (_, i) => `${of}:${start + i}`));
    expect(rows.sort()).toEqual(groups.flatMap(({ seeds }, of) => seeds.map((_, row) => `${of}:${row}`)).sort());
  }
  expect(filled.every((batch) => rowsOf(batch) <= most)).toBe(true);
  const sizes = even.map(rowsOf);
  if (total > 0) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  expect(even.length).toBe(Math.min(count, total));
});

test("long prompts are decoded with long ones", () => {
  const plan = planEvenBatches([group(5, 2), group(30, 3), group(10, 1)], 2);
  expect(plan).toEqual([
    [{ group: 1, start: 0, end: 3 }],
    [
      { group: 2, start: 0, end: 1 },
      { group: 0, start: 0, end: 2 },
    ],
  ]);
});
