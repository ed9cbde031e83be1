// Attention of one new token of one row, in WebAssembly with vector instructions: rotation, storing the new key and value, scores,
// softmax, mixed values. Reads no padding and writes no scores outside the processor's first cache, where the same in nodes of a graph is
// some thirty of them a layer. Made for each shape of heads, whose loops are written out. Owns no memory (attention-cache.ts does).
// D head size, a multiple of 8; H query heads, Hkv key heads.

import { repeat, wasm, type Code, type WasmFunction } from "../tensor/wasm-code.ts";

export interface HeadShape {
  readonly numHeads: number;
  readonly numKvHeads: number;
  readonly headDim: number;
}

/** Positions that are read together; the last of a run of positions may read so many less one beyond it, which count nothing. */
export const POSITIONS_AT_ONCE = 4;

const { get, set, tee } = wasm;
/** Score of a position that counts nothing. */
const HIDDEN = -1e30;
/** At and below this distance from the largest score, in nats, a weight is 0. */
const NO_WEIGHT = -88;

const kernels = new Map<string, readonly WasmFunction[]>();

/**
 * One function that JavaScript calls, "attend", with addresses and sizes in bytes:
 * - qkv: q [H, D], already scaled, k [Hkv, D] and v [Hkv, D] of the token, not rotated; q is rotated in place;
 * - cos, sin: [D / 2] of its position;
 * - promptKeys, promptValues: first position of the prompt that the token sees, in the slice of the first key head [positions, D];
 *   promptBytes: of the positions it sees; promptStride: from a key head's slice to the next;
 * - rowKeys, rowValues, rowBytes, rowStride: the same of the row's own tokens. The last that is seen is the new token, stored here;
 * - scores: room for all these positions, each of the two runs rounded up, and four more; rowScores: where the row's own begin; scoresEnd;
 * - out: [H, D].
 */
export function attentionKernels({ numHeads, numKvHeads, headDim }: HeadShape): readonly WasmFunction[] {
  const key = [numHeads, numKvHeads, headDim].join();
  const known = kernels.get(key);
  if (known !== undefined) return known;
  const made = [dots(headDim), SOFTMAX, mix(headDim), rotate(headDim), copy(headDim), attend(numHeads, numKvHeads, headDim)];
  kernels.set(key, made);
  return made;
}

const [DOTS, SOFTMAX_INDEX, MIX, ROTATE, COPY] = [0, 1, 2, 3, 4];
const FLOAT = 4;
const VECTOR = 16;

const chunks = (headDim: number): readonly number[] => Array.from({ length: headDim / 4 }, (_, chunk) => chunk * VECTOR);
const plus = (a: Code, b: Code): Code => [a, b, wasm.f32x4Add];
const minus = (a: Code, b: Code): Code => [a, b, wasm.f32x4Sub];
const times = (a: Code, b: Code): Code => [a, b, wasm.f32x4Mul];
/** a b + c. */
const timesPlus = (a: Code, b: Code, c: Code): Code => [a, b, c, wasm.f32x4MultiplyAdd];
const larger = (a: Code, b: Code): Code => [a, b, wasm.f32x4Larger];
const load = (address: number, offset = 0): Code => [get(address), wasm.loadFourAt(offset)];
const store = (address: number, value: Code, offset = 0): Code => [get(address), value, wasm.storeFourAt(offset)];
const advance = (address: number, bytes: number): Code => [get(address), wasm.i32Const(bytes), wasm.i32Add, set(address)];
const sum = (a: Code, b: Code): Code => [a, b, wasm.i32Add];
const picked = (a: number, b: number, ...lanes: readonly [number, number, number, number]): Code => [get(a), get(b), wasm.pick(lanes)];
/** Runs the loop unless it has nothing to do. */
const unlessDone = (i: number, end: number, body: Code): Code => [get(i), get(end), wasm.i32LessThanUnsigned, wasm.when(body)];

/** Parameters: q, keys, their end, scores. scores = keys q, four positions a turn. */
function dots(headDim: number): WasmFunction {
  const [q, keys, end, scores] = [0, 1, 2, 3];
  const sums = [4, 5, 6, 7];
  const part = 8;
  const rowBytes = headDim * FLOAT;
  const products = chunks(headDim).map((offset, chunk): Code => [
    load(q, offset),
    set(part),
    sums.map((total, position): Code => {
      const key = load(keys, position * rowBytes + offset);
      return [chunk === 0 ? times(get(part), key) : timesPlus(get(part), key, get(total)), set(total)];
    }),
  ]);
  // Each sum's four parts are added up by adding the halves of two sums at a time.
  const halves = (a: number, b: number): Code => plus(picked(a, b, 0, 4, 1, 5), picked(a, b, 2, 6, 3, 7));
  const [s0, s1, s2, s3] = sums as [number, number, number, number];
  const total: Code = [halves(s0, s1), set(s0), halves(s2, s3), set(s1), plus(picked(s0, s1, 0, 1, 4, 5), picked(s0, s1, 2, 3, 6, 7))];
  const turn: Code = [products, get(scores), total, wasm.storeFour, advance(scores, VECTOR)];
  return {
    name: "dots",
    parameters: ["i32", "i32", "i32", "i32"],
    locals: ["v128", "v128", "v128", "v128", "v128"],
    body: unlessDone(keys, end, repeat(keys, rowBytes * POSITIONS_AT_ONCE, end, turn)),
  };
}

/** Parameters: scores, their end. scores = exp(scores - largest); gives their sum. exp as in Cephes' expf, to 2 units in the last place. */
const SOFTMAX: WasmFunction = (() => {
  const [scores, end, i] = [0, 1, 2];
  const [most, total, x, n] = [3, 4, 5, 6];
  const constant = (value: number): Code => wasm.f32x4Const(value);
  const across = (vector: number, combine: (a: Code, b: Code) => Code): Code => [
    [combine(get(vector), picked(vector, vector, 2, 3, 0, 1)), set(vector)],
    [combine(get(vector), picked(vector, vector, 1, 0, 3, 2)), set(vector)],
  ];
  const polynomial = [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1].reduce<Code>(
    (sumSoFar, coefficient) => (sumSoFar.length === 0 ? constant(coefficient) : timesPlus(sumSoFar, get(x), constant(coefficient))),
    [],
  );
  const power: Code = [get(n), wasm.i32x4Truncate, wasm.i32x4Const(127), wasm.i32x4Add, wasm.i32Const(23), wasm.i32x4ShiftLeft];
  const turn: Code = [
    [larger(minus(load(i), get(most)), constant(NO_WEIGHT)), tee(x)],
    [constant(Math.LOG2E), wasm.f32x4Mul, wasm.f32x4Nearest, set(n)],
    // ln 2 in two parts, of which the first is exact in few bits.
    [minus(minus(get(x), times(get(n), constant(0.693359375))), times(get(n), constant(-2.1219444e-4))), set(x)],
    [times(plus(plus(times(polynomial, times(get(x), get(x))), get(x)), constant(1)), power), set(x)],
    store(i, get(x)),
    [plus(get(total), get(x)), set(total)],
  ];
  return {
    name: "softmax",
    parameters: ["i32", "i32"],
    result: "f32",
    locals: ["i32", "v128", "v128", "v128", "v128"],
    body: [
      [get(scores), set(i), load(i), set(most)],
      [repeat(i, VECTOR, end, [larger(get(most), load(i)), set(most)]), across(most, larger)],
      [get(scores), set(i), repeat(i, VECTOR, end, turn), across(total, plus)],
      [get(total), wasm.f32x4Lane(0)],
    ],
  };
})();

/** Parameters: weights, values, their end, out. out += weights values, four positions a turn. */
function mix(headDim: number): WasmFunction {
  const [weights, values, end, out] = [0, 1, 2, 3];
  const spread = [4, 5, 6, 7];
  const rowBytes = headDim * FLOAT;
  const turn: Code = [
    spread.map((weight, position): Code => [get(weights), wasm.loadSpread(position * FLOAT), set(weight)]),
    chunks(headDim).map((offset) => {
      const value = (position: number): Code => load(values, position * rowBytes + offset);
      const mixed = spread.reduce<Code>(
        (sumSoFar, weight, position) => timesPlus(get(weight), value(position), sumSoFar),
        load(out, offset),
      );
      return store(out, mixed, offset);
    }),
    advance(weights, VECTOR),
  ];
  return {
    name: "mix",
    parameters: ["i32", "i32", "i32", "i32"],
    locals: ["v128", "v128", "v128", "v128"],
    body: unlessDone(values, end, repeat(values, rowBytes * POSITIONS_AT_ONCE, end, turn)),
  };
}

/** Parameters: x, cos, sin, out, which may be x. The halves of x as the parts of D / 2 numbers that are turned. */
function rotate(headDim: number): WasmFunction {
  const [x, cos, sin, out] = [0, 1, 2, 3];
  const [a, b] = [4, 5];
  const half = (headDim / 2) * FLOAT;
  return {
    name: "rotate",
    parameters: ["i32", "i32", "i32", "i32"],
    locals: ["v128", "v128"],
    body: chunks(headDim / 2).map((offset) => [
      [load(x, offset), set(a), load(x, half + offset), set(b)],
      store(out, minus(times(get(a), load(cos, offset)), times(get(b), load(sin, offset))), offset),
      store(out, plus(times(get(b), load(cos, offset)), times(get(a), load(sin, offset))), half + offset),
    ]),
  };
}

/** Parameters: from, to. */
function copy(headDim: number): WasmFunction {
  const [from, to] = [0, 1];
  return {
    name: "copy",
    parameters: ["i32", "i32"],
    locals: [],
    body: chunks(headDim).map((offset) => store(to, load(from, offset), offset)),
  };
}

function attend(numHeads: number, numKvHeads: number, headDim: number): WasmFunction {
  const [qkv, cos, sin, promptKeys, promptValues, promptBytes, promptStride] = [0, 1, 2, 3, 4, 5, 6];
  const [rowKeys, rowValues, rowBytes, rowStride, scores, rowScores, scoresEnd, out] = [7, 8, 9, 10, 11, 12, 13, 14];
  const [x, end, newToken, share] = [15, 16, 17, 18];
  const headBytes = headDim * FLOAT;
  /** For x over so many heads that follow each other. */
  const overHeads = (heads: number, body: Code): Code => [
    [sum(get(x), wasm.i32Const(heads * headBytes)), set(end)],
    repeat(x, headBytes, end, body),
  ];
  const step = (address: number, stride: number): Code => [sum(get(address), get(stride)), set(address)];
  const hide = (from: number, bytes: Code): Code => [sum(get(from), bytes), wasm.f32x4Const(HIDDEN), wasm.storeFour];
  /** Bytes of scores of a run of positions: one float for every D. */
  const scoresOf = (bytes: number): Code => [get(bytes), wasm.i32Const(headDim), wasm.i32DivideUnsigned];
  const call = (index: number, ...given: readonly Code[]): Code => [given, wasm.call(index)];
  const overQuery: Code = [
    call(DOTS, get(x), get(promptKeys), sum(get(promptKeys), get(promptBytes)), get(scores)),
    hide(scores, scoresOf(promptBytes)),
    call(DOTS, get(x), get(rowKeys), sum(get(rowKeys), get(rowBytes)), get(rowScores)),
    hide(rowScores, scoresOf(rowBytes)),
    [wasm.f32x4Const(1), call(SOFTMAX_INDEX, get(scores), get(scoresEnd)), wasm.f32x4Splat, wasm.f32x4Div, set(share)],
    chunks(headDim).map((offset) => store(out, wasm.f32x4Const(0), offset)),
    call(MIX, get(scores), get(promptValues), sum(get(promptValues), get(promptBytes)), get(out)),
    call(MIX, get(rowScores), get(rowValues), sum(get(rowValues), get(rowBytes)), get(out)),
    chunks(headDim).map((offset) => store(out, times(load(out, offset), get(share)), offset)),
    advance(out, headBytes),
  ];
  const overKeyHead: Code = [
    overQuery,
    Array.from({ length: numHeads / numKvHeads - 1 }, (): Code => [advance(x, headBytes), overQuery]),
    [step(promptKeys, promptStride), step(promptValues, promptStride), step(rowKeys, rowStride), step(rowValues, rowStride)],
  ];
  const newInRow = (slices: number): Code => [sum(get(slices), get(rowBytes)), wasm.i32Const(headBytes), wasm.i32Subtract, set(newToken)];
  return {
    name: "attend",
    parameters: Array.from({ length: 15 }, () => "i32" as const),
    locals: ["i32", "i32", "i32", "v128"],
    body: [
      [get(qkv), set(x), overHeads(numHeads, call(ROTATE, get(x), get(cos), get(sin), get(x)))],
      [newInRow(rowKeys), overHeads(numKvHeads, [call(ROTATE, get(x), get(cos), get(sin), get(newToken)), step(newToken, rowStride)])],
      [newInRow(rowValues), overHeads(numKvHeads, [call(COPY, get(x), get(newToken)), step(newToken, rowStride)])],
      [get(qkv), set(x), overHeads(numHeads, overKeyHead)],
    ],
  };
}
