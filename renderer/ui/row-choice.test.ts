import { expect, test } from "vitest";
import { RowChoice } from "./row-choice.ts";

/** Row n of the view has the id n + 100. */
const idsOf = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, n) => first + n + 100);

test("a range grows and shrinks with the row it goes to, in both directions; what was chosen before stays", async () => {
  const choice = new RowChoice({ ids: new Set() });
  choice.toggle(150);
  await choice.extend({ from: 3, to: 4, begins: true }, idsOf);
  await choice.extend({ from: 3, to: 6, begins: false }, idsOf);
  await choice.extend({ from: 3, to: 5, begins: false }, idsOf);
  expect(choice.ids).toEqual([150, 103, 104, 105]);
  await choice.extend({ from: 3, to: 2, begins: false }, idsOf);
  expect(choice.ids).toEqual([150, 102, 103]);
  // Another range keeps the one before.
  await choice.extend({ from: 7, to: 8, begins: true }, idsOf);
  expect(choice.ids).toEqual([150, 102, 103, 107, 108]);
  choice.toggle(102);
  expect([choice.has(102), choice.has(103), choice.size]).toEqual([false, true, 4]);
});

test("ids that arrive late change nothing that was chosen meanwhile", async () => {
  const choice = new RowChoice({ ids: new Set() });
  let answer: (ids: readonly number[]) => void = () => undefined;
  const late = choice.extend({ from: 0, to: 900, begins: true }, () => new Promise((resolve) => (answer = resolve)));
  await choice.extend({ from: 0, to: 1, begins: false }, idsOf);
  answer([1, 2, 3]);
  await late;
  expect(choice.ids).toEqual([100, 101]);
  choice.clear();
  expect(choice.size).toBe(0);
  choice.all([5, 6]);
  expect(choice.ids).toEqual([5, 6]);
});
