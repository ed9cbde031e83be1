// Rows of a table in the order of a column, by numbers alone.

import type { DatasetSort } from "../../../shared/domain/dataset.ts";

/** Of each value its place among the distinct ones. */
export function ranks<Value extends string | number>(values: readonly Value[]): Uint32Array {
  // A list of numbers, not an array of 32 bits: what is mostly in order, as ids are, is then sorted at once.
  const order = Array.from(values.keys()).sort((a, b) => (values[a]! < values[b]! ? -1 : values[a]! > values[b]! ? 1 : 0));
  const made = new Uint32Array(values.length);
  let rank = 0;
  for (let at = 0; at < order.length; at++) {
    if (at > 0 && values[order[at]!] !== values[order[at - 1]!]) rank++;
    made[order[at]!] = rank;
  }
  return made;
}

/** `keys`: of each position a whole number; equal ones stay in the order of the positions. */
export function sorted(positions: Uint32Array, { descending }: DatasetSort, keys: ArrayLike<number>): Uint32Array {
  let [greatest, last] = [0, 0];
  for (let at = 0; at < positions.length; at++) {
    greatest = Math.max(greatest, keys[positions[at]!]!);
    last = Math.max(last, positions[at]!);
  }
  // One number for key and place: numbers are sorted by the million. They stay exact, keys and places both below 2^26.
  const base = last + 1;
  const ordered = new Float64Array(positions.length);
  for (let at = 0; at < positions.length; at++) {
    const key = keys[positions[at]!]!;
    ordered[at] = (descending ? greatest - key : key) * base + positions[at]!;
  }
  ordered.sort();
  const made = new Uint32Array(positions.length);
  for (let at = 0; at < made.length; at++) made[at] = ordered[at]! % base;
  return made;
}
