// The table of a large dataset as it lies in the workspace: each column as differences from row to row in 32 bits, packed with zstd, beside
// what the codes of the columns stand for. Columns that count up or stay the same are two numbers. Two million rows take about 3 MB.

import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { readColumns, storeColumns } from "../../storage/collection-columns.ts";
import type { ReadConnection, WriteConnection } from "../../storage/connection.ts";
import type { CollectionId } from "../../storage/ids.ts";
import { CODED, emptyColumns, newDictionaries, PLAIN, type CodedName, type DatasetTable } from "./table-columns.ts";

/** Of the packed columns; a copy in another form counts as none. */
const FORM = 2;
const HEAD = "head";

interface Head {
  readonly form: number;
  readonly size: number;
  /** First value and the one step from row to row, of the columns that are as even. */
  readonly even: Readonly<Partial<Record<string, readonly [first: number, step: number]>>>;
  /** What each code stands for, as dictionaries write it. */
  readonly keys: Readonly<Record<CodedName, readonly string[]>>;
}

/** In place of the copy that there was. A table whose numbers are too large for it is not stored. */
export function writeStoredTable(db: WriteConnection, id: CollectionId, table: DatasetTable): void {
  const columns = new Map<string, Buffer>();
  const even: Record<string, readonly [number, number]> = {};
  const { plain, codes, dictionaries, version, size } = table;
  for (const [name, values] of [...PLAIN.map((of) => [of, plain[of]] as const), ...CODED.map((of) => [of, codes[of]] as const)]) {
    const step = stepOf(values);
    if (step !== undefined) {
      even[name] = [values[0] ?? 0, step];
      continue;
    }
    const differences = differencesOf(values);
    if (differences === undefined) return;
    columns.set(name, zstdCompressSync(new Uint8Array(differences.buffer)));
  }
  const keys = Object.fromEntries(CODED.map((name) => [name, dictionaries[name].keys])) as unknown as Head["keys"];
  columns.set(HEAD, zstdCompressSync(JSON.stringify({ form: FORM, size, even, keys } satisfies Head)));
  storeColumns(db, id, { version, columns });
}

/** Of whatever version it was made at. Undefined where there is none, or none that can be read. */
export function readStoredTable(db: ReadConnection, id: CollectionId): DatasetTable | undefined {
  const stored = readColumns(db, id);
  if (stored === undefined) return undefined;
  try {
    return tableOf(stored.version, stored.columns);
  } catch {
    // It is a copy: what it says is read from the rows.
    return undefined;
  }
}

function tableOf(version: number, packed: ReadonlyMap<string, Buffer>): DatasetTable | undefined {
  const unpacked = (name: string): Buffer => zstdDecompressSync(packed.get(name) ?? Buffer.alloc(0));
  const { form, size, even, keys } = JSON.parse(unpacked(HEAD).toString()) as Head;
  if (form !== FORM) return undefined;
  const columns = emptyColumns(size);
  const read = (name: string, into: Float64Array | Int32Array): void => {
    const ofStep = even[name];
    if (ofStep === undefined) addUp(unpacked(name), into);
    else countUp(ofStep, into);
  };
  for (const name of PLAIN) read(name, columns.plain[name]);
  for (const name of CODED) read(name, columns.codes[name]);
  const dictionaries = newDictionaries();
  for (const name of CODED) for (const key of keys[name]) dictionaries[name].add(key);
  return { version, dictionaries, ...columns };
}

/** Undefined where it is not the same from each row to the next. */
function stepOf(values: Float64Array | Int32Array): number | undefined {
  const step = values.length < 2 ? 0 : values[1]! - values[0]!;
  for (let at = 1; at < values.length; at++) if (values[at]! - values[at - 1]! !== step) return undefined;
  return step;
}

function countUp([first, step]: readonly [number, number], into: Float64Array | Int32Array): void {
  if (step === 0) into.fill(first);
  else for (let at = 0; at < into.length; at++) into[at] = first + at * step;
}

/** Undefined where one does not fit. */
function differencesOf(values: Float64Array | Int32Array): Int32Array<ArrayBuffer> | undefined {
  const made = new Int32Array(values.length);
  let last = 0;
  for (let at = 0; at < values.length; at++) {
    const difference = values[at]! - last;
    made[at] = difference;
    if (made[at] !== difference) return undefined;
    last = values[at]!;
  }
  return made;
}

/** Throws where they are not as many as the places. */
function addUp(differences: Buffer, into: Float64Array | Int32Array): void {
  if (differences.length !== 4 * into.length) throw new Error("a column of another length");
  const from = new Int32Array(differences.buffer.slice(differences.byteOffset, differences.byteOffset + differences.length));
  let sum = 0;
  for (let at = 0; at < into.length; at++) into[at] = sum += from[at]!;
}
