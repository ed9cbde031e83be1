// A WebAssembly module written down in TypeScript: just the sections and instructions that loops over arrays of numbers need, as the
// WebAssembly core specification 2.0 encodes them. Knows no arithmetic of its own.

/** Bytes of code, nested as they are put together. */
export type Code = readonly (number | Code)[];

const TYPES = { i32: 0x7f, f64: 0x7c, v128: 0x7b } as const;
type ValueType = keyof typeof TYPES;

export interface WasmFunction {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly result?: ValueType;
  /** Variables beyond the parameters, numbered after them; zero at first. */
  readonly locals: readonly ValueType[];
  readonly body: Code;
}

const SIMD = 0xfd;
const simd = (instruction: number): Code => [SIMD, unsigned(instruction)];
/** Alignment 4 bytes (as a hint) and no offset. */
const PLACE: Code = [2, 0];

export const wasm = {
  get: (local: number): Code => [0x20, unsigned(local)],
  set: (local: number): Code => [0x21, unsigned(local)],
  tee: (local: number): Code => [0x22, unsigned(local)],
  i32Const: (value: number): Code => [0x41, signed(value)],
  i32Add: [0x6a],
  i32LessThanUnsigned: [0x49],
  f64Add: [0xa0],
  /** Four floats from an address, and to one. */
  loadFour: [simd(0x00), PLACE],
  storeFour: [simd(0x0b), PLACE],
  /** Two floats into the lower half, and out of it. */
  loadTwo: [simd(0x5d), PLACE],
  storeTwo: [simd(0x5b), PLACE, 0],
  f32x4Add: simd(0xe4),
  f64x2Splat: simd(0x14),
  f64x2Lane: (lane: 0 | 1): Code => [simd(0x21), lane],
  f64x2Add: simd(0xf0),
  f64x2Sub: simd(0xf1),
  f64x2Mul: simd(0xf2),
  f64x2Div: simd(0xf3),
  f64x2Sqrt: simd(0xef),
  /** The lower two floats as float64, and two of these rounded to the lower two floats. */
  promoteLow: simd(0x5f),
  demote: simd(0x5e),
  /** The upper two floats of the first of two equal vectors, in the lower half. */
  upperHalf: [simd(0x0d), ...[0, 1].flatMap(() => [8, 9, 10, 11, 12, 13, 14, 15])],
} as const satisfies Readonly<Record<string, Code | ((argument: never) => Code)>>;

/** `body` for i from its present value in steps of `step` as long as it is less than `end`; at least once. */
export function repeat(i: number, step: number, end: number, body: Code): Code {
  const next = [wasm.get(i), wasm.i32Const(step), wasm.i32Add, wasm.tee(i), wasm.get(end), wasm.i32LessThanUnsigned];
  return [0x03, 0x40, body, next, [0x0d, 0], 0x0b];
}

/** What this file uses of the host's WebAssembly, which Node's types leave out. */
interface WebAssemblyHost {
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number; readonly shared: true }) => WasmMemory;
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}

/** Memory that threads can be posted and share. */
export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
}

const { Memory, Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyHost }).WebAssembly;
const PAGE_BYTES = 65536;
const MOST_PAGES = 65536;

/** Zeros at first; undefined where so much cannot be addressed or had in one piece. */
export function wasmMemory(bytes: number): WasmMemory | undefined {
  const pages = Math.max(1, Math.ceil(bytes / PAGE_BYTES));
  if (pages > MOST_PAGES) return undefined;
  try {
    return new Memory({ initial: pages, maximum: pages, shared: true });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The functions, working on the memory, by name. Addresses are bytes. */
export function onMemory(functions: readonly WasmFunction[], memory: WasmMemory): Readonly<Record<string, (...given: number[]) => number>> {
  const { exports } = new Instance(new Module(moduleOf(functions)), { host: { memory } });
  return exports as Readonly<Record<string, (...given: number[]) => number>>;
}

/** A module that exports the functions and imports a shared memory as "memory" of "host". */
function moduleOf(functions: readonly WasmFunction[]): Uint8Array {
  const signatures = functions.map(({ parameters, result }): Code => {
    const results = result === undefined ? [] : [TYPES[result]];
    return [0x60, list(parameters.map((type) => TYPES[type])), list(results)];
  });
  const memory: Code = [text("host"), text("memory"), 2, 3, unsigned(0), unsigned(MOST_PAGES)];
  const bodies = functions.map(({ locals, body }) => sized([list(locals.map((type): Code => [1, TYPES[type]])), body, 0x0b]));
  const code: Code = [
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    [1, sized(list(signatures))],
    [2, sized(list([memory]))],
    [3, sized(list(functions.map((_, index) => unsigned(index))))],
    [7, sized(list(functions.map(({ name }, index): Code => [text(name), 0, unsigned(index)])))],
    [10, sized(list(bodies))],
  ];
  return Uint8Array.from(bytesOf(code));
}

function bytesOf(code: Code): number[] {
  return code.flatMap((part) => (typeof part === "number" ? [part] : bytesOf(part)));
}

function list(items: Code): Code {
  return [unsigned(items.length), items];
}

function sized(code: Code): Code {
  return [unsigned(bytesOf(code).length), code];
}

function text(characters: string): Code {
  return list([...new TextEncoder().encode(characters)]);
}

/** LEB128. */
function unsigned(value: number): Code {
  return value < 128 ? [value] : [(value % 128) | 128, unsigned(Math.floor(value / 128))];
}

/** Signed LEB128 of small numbers. */
function signed(value: number): Code {
  return value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, signed(value >> 7)];
}
