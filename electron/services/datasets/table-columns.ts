// The narrow columns of a dataset as arrays, one number a row: ids and lengths as they are, texts and lists as codes of a dictionary. Two
// million rows take about 180 MB. How they come about and are kept is dataset-table.ts.

import type { DatasetComposition, RowState } from "../../../shared/domain/dataset.ts";
import type { StoredState } from "../../storage/collection-rows.ts";

export const PLAIN = ["rowId", "stateId", "textId", "checks", "length"] as const satisfies readonly (keyof StoredState)[];
export type PlainName = (typeof PLAIN)[number];

export interface CodedValues {
  readonly split: string;
  readonly source: string;
  readonly format: string;
  readonly composition: DatasetComposition;
  readonly depth: number;
  readonly language: string;
  readonly expert: 0 | 1;
  readonly state: RowState;
  readonly problem: string | null;
  readonly rules: readonly string[];
  readonly tags: readonly string[];
}
export type CodedName = keyof CodedValues;

const NONE = "\u0000";
const text = <Value extends string>(key: string): Value => key as Value;
const list = (key: string): readonly string[] => JSON.parse(key) as readonly string[];

/** How each value is written as a key, and read from it. */
const KEYS: {
  readonly [Name in CodedName]: readonly [keyOf: (state: StoredState) => string, valueOf: (key: string) => CodedValues[Name]];
} = {
  split: [({ split }) => split, text],
  source: [({ source }) => source, text],
  format: [({ format }) => format, text],
  composition: [({ composition }) => composition, text],
  depth: [({ depth }) => String(depth), Number],
  language: [({ language }) => language, text],
  expert: [({ expert }) => String(expert), (key) => (key === "1" ? 1 : 0)],
  state: [({ state }) => state, text],
  problem: [({ problem }) => problem ?? NONE, (key) => (key === NONE ? null : key)],
  rules: [({ rulesJson }) => rulesJson, list],
  tags: [({ tagsJson }) => tagsJson, list],
};
export const CODED = Object.keys(KEYS) as readonly CodedName[];

/** More different values than this are looked for no longer: each row then brings its own. */
const MOST_SHARED = 10_000;

/** Values by code, from 0. Grows only, so that codes hold for all tables that share it. */
export class Dictionary<Value> {
  readonly keys: string[] = [];
  readonly values: Value[] = [];
  readonly #codes = new Map<string, number>();
  readonly #valueOf: (key: string) => Value;

  constructor(valueOf: (key: string) => Value) {
    this.#valueOf = valueOf;
  }

  codeOf(key: string): number {
    const known = this.#codes.get(key);
    return known ?? this.add(key);
  }

  add(key: string): number {
    const code = this.keys.push(key) - 1;
    this.values.push(this.#valueOf(key));
    if (code < MOST_SHARED) this.#codes.set(key, code);
    return code;
  }
}

export type Dictionaries = { readonly [Name in CodedName]: Dictionary<CodedValues[Name]> };

export function newDictionaries(): Dictionaries {
  return Object.fromEntries(CODED.map((name) => [name, new Dictionary(KEYS[name][1] as (key: string) => unknown)])) as never;
}

export interface Columns {
  readonly size: number;
  readonly plain: Readonly<Record<PlainName, Float64Array<ArrayBuffer>>>;
  readonly codes: Readonly<Record<CodedName, Int32Array<ArrayBuffer>>>;
}

/** Rows by their place in the dataset, from 0. */
export interface DatasetTable extends Columns {
  readonly version: number;
  readonly dictionaries: Dictionaries;
}

/** Columns of so many rows, of zeros. */
export function emptyColumns(size: number): Columns {
  return {
    size,
    plain: Object.fromEntries(PLAIN.map((name) => [name, new Float64Array(size)])) as never,
    codes: Object.fromEntries(CODED.map((name) => [name, new Int32Array(size)])) as never,
  };
}

/** Columns of the states, in their order; `expected` says about how many they are. */
export function columnsOf(states: Iterable<StoredState>, expected: number, dictionaries: Dictionaries): Columns {
  let columns = emptyColumns(expected);
  let size = 0;
  for (const state of states) {
    if (size === columns.size)
      columns = joined(columns, emptyColumns(columns.size + 1024), [{ from: "old", start: 0, end: size }], 2 * size + 1024);
    for (const name of PLAIN) columns.plain[name][size] = state[name];
    for (const name of CODED) columns.codes[name][size] = dictionaries[name].codeOf(KEYS[name][0](state));
    size++;
  }
  return size === columns.size ? columns : joined(columns, columns, [{ from: "old", start: 0, end: size }], size);
}

/** Rows [start, end) of one of two. */
export interface Stretch {
  readonly from: "old" | "fresh";
  readonly start: number;
  readonly end: number;
}

/** New columns of `size` rows that begin with the stretches, one after the other. */
export function joined(old: Columns, fresh: Columns, stretches: readonly Stretch[], size: number): Columns {
  const made = emptyColumns(size);
  let at = 0;
  for (const { from, start, end } of stretches) {
    const source = from === "old" ? old : fresh;
    for (const name of PLAIN) made.plain[name].set(source.plain[name].subarray(start, end), at);
    for (const name of CODED) made.codes[name].set(source.codes[name].subarray(start, end), at);
    at += end - start;
  }
  return made;
}
