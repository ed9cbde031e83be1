// A WebAssembly module written down in TypeScript: just the sections and instructions that loops over arrays of numbers need, as the
// WebAssembly core specification 2.0 encodes them. Knows no arithmetic of its own.

/** Bytes of code, nested as they are put together. */
export type Code = readonly (number | Code)[];

const TYPES = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
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
/** Alignment 4 bytes (as a hint) and so many bytes beyond the address. */
const place = (offset: number): Code => [2, unsigned(offset)];

export const wasm = {
  get: (local: number): Code => [0x20, unsigned(local)],
  set: (local: number): Code => [0x21, unsigned(local)],
  tee: (local: number): Code => [0x22, unsigned(local)],
  i32Const: (value: number): Code => [0x41, signed(value)],
  i32Add: [0x6a],
  i32Subtract: [0x6b],
  i32DivideUnsigned: [0x6e],
  i32LessThanUnsigned: [0x49],
  f64Add: [0xa0],
  /** By its place among the functions of the module. */
  call: (index: number): Code => [0x10, unsigned(index)],
  /** The body where the number on the stack is not 0. */
  when: (body: Code): Code => [0x04, 0x40, body, 0x0b],
  /** Four floats from an address, and to one. */
  loadFour: [simd(0x00), place(0)],
  storeFour: [simd(0x0b), place(0)],
  loadFourAt: (offset: number): Code => [simd(0x00), place(offset)],
  storeFourAt: (offset: number): Code => [simd(0x0b), place(offset)],
  /** One float from an address, four times. */
  loadSpread: (offset: number): Code => [simd(0x09), place(offset)],
  /** Two floats into the lower half, and out of it. */
  loadTwo: [simd(0x5d), place(0)],
  storeTwo: [simd(0x5b), place(0), 0],
  f32x4Const: (value: number): Code => [simd(0x0c), ...fourTimes(new Uint8Array(Float32Array.of(value).buffer))],
  f32x4Splat: simd(0x13),
  f32x4Lane: (lane: 0 | 1 | 2 | 3): Code => [simd(0x1f), lane],
  f32x4Add: simd(0xe4),
  f32x4Sub: simd(0xe5),
  f32x4Mul: simd(0xe6),
  f32x4Div: simd(0xe7),
  /** a b + c, rounded once where the processor has an instruction for it (relaxed SIMD). */
  f32x4MultiplyAdd: simd(0x105),
  /** The larger; the second where one is not a number. */
  f32x4Larger: simd(0xeb),
  f32x4Nearest: simd(0x6a),
  i32x4Const: (value: number): Code => [simd(0x0c), ...fourTimes(new Uint8Array(Int32Array.of(value).buffer))],
  i32x4Add: simd(0xae),
  i32x4ShiftLeft: simd(0xab),
  /** Floats that are whole to int32. */
  i32x4Truncate: simd(0xf8),
  /** Floats of two vectors by number: 0 to 3 of the first, 4 to 7 of the second. */
  pick: (lanes: readonly [number, number, number, number]): Code => [
    simd(0x0d),
    ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte)),
  ],
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
} as const satisfies Readonly<Record<string, Code | ((argument: never) => Code)>>;

/** `body` for i from its present value in steps of `step` as long as it is less than `end`; at least once. */
export function repeat(i: number, step: number, end: number, body: Code): Code {
  const next = [wasm.get(i), wasm.i32Const(step), wasm.i32Add, wasm.tee(i), wasm.get(end), wasm.i32LessThanUnsigned];
  return [0x03, 0x40, body, next, [0x0d, 0], 0x0b];
}

function fourTimes(bytes: Uint8Array): number[] {
  return [0, 1, 2, 3].flatMap(() => [...bytes]);
}

/** What this file uses of the host's WebAssembly, which Node's types leave out. */
interface WebAssemblyHost {
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number; readonly shared: boolean }) => unknown;
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}

/** Memory that threads can be posted and share. */
export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
}

/** Memory of one thread, whose arrays are copied from and to as fast as any. */
export interface OwnWasmMemory {
  readonly buffer: ArrayBuffer;
}

const { Memory, Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyHost }).WebAssembly;
const PAGE_BYTES = 65536;
const MOST_PAGES = 65536;

/** Zeros at first; undefined where so much cannot be addressed or had in one piece. */
export function wasmMemory(bytes: number): WasmMemory | undefined {
  return memoryOf(bytes, true) as WasmMemory | undefined;
}

/** As wasmMemory. Pages that nobody has touched cost nothing. */
export function ownWasmMemory(bytes: number): OwnWasmMemory | undefined {
  return memoryOf(bytes, false) as OwnWasmMemory | undefined;
}

function memoryOf(bytes: number, shared: boolean): unknown {
  const pages = Math.max(1, Math.ceil(bytes / PAGE_BYTES));
  if (pages > MOST_PAGES) return undefined;
  try {
    return new Memory({ initial: pages, maximum: pages, shared });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

export type WasmExports = Readonly<Record<string, (...given: number[]) => number>>;

/** Functions that were compiled, so that what the host learnt of their speed is not lost with a memory. */
const modules = new WeakMap<readonly WasmFunction[], Map<boolean, object>>();

/** The functions, working on the memory, by name; a function calls those of the list by their place. Addresses are bytes. */
export function onMemory(functions: readonly WasmFunction[], memory: WasmMemory | OwnWasmMemory): WasmExports {
  const shared = memory.buffer instanceof SharedArrayBuffer;
  const compiled = modules.get(functions) ?? new Map<boolean, object>();
  const module = compiled.get(shared) ?? new Module(moduleOf(functions, shared));
  modules.set(functions, compiled.set(shared, module));
  return new Instance(module, { host: { memory } }).exports as WasmExports;
}

/** A module that exports the functions and imports a memory as "memory" of "host". */
function moduleOf(functions: readonly WasmFunction[], shared: boolean): Uint8Array {
  const signatures = functions.map(({ parameters, result }): Code => {
    const results = result === undefined ? [] : [TYPES[result]];
    return [0x60, list(parameters.map((type) => TYPES[type])), list(results)];
  });
  const memory: Code = [text("host"), text("memory"), 2, shared ? 3 : 1, unsigned(0), unsigned(MOST_PAGES)];
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
