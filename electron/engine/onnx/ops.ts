// The op table: every op the engine may use, its parameters, its shape rule and how it is written as an ONNX node. Total by
// type: an op named in `OpParams` without a rule does not compile. ONNX opset 21 plus com.microsoft contrib ops.

import type { DType } from "../tensor/tensor.ts";
import { broadcast, product, quotient, sameShape, show, type Dim, type Shape } from "./dims.ts";

export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

type None = Record<never, never>;
interface Axes {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}
interface Axis {
  readonly axis: number;
}
/** Blocks of `blockSize` values along the rows of a matrix share a scale and a zero point. */
interface BlockQuantisation {
  readonly bits: 4 | 8;
  readonly blockSize: number;
}

/** Parameters of each op as the builder and the derivative rules see them; `encode` turns them into attributes or constant inputs. */
export interface OpParams {
  Add: None;
  Sub: None;
  Mul: None;
  Div: None;
  Pow: None;
  Max: None;
  Min: None;
  Neg: None;
  Abs: None;
  Sqrt: None;
  Exp: None;
  Log: None;
  Reciprocal: None;
  Sigmoid: None;
  Tanh: None;
  Softplus: None;
  Cos: None;
  Sin: None;
  Erf: None;
  Floor: None;
  Identity: None;
  Not: None;
  And: None;
  BitwiseAnd: None;
  /** To the right. */
  BitShift: None;
  Equal: None;
  Less: None;
  LessOrEqual: None;
  Greater: None;
  GreaterOrEqual: None;
  Where: None;
  Clip: { readonly min: number; readonly max: number };
  Cast: { readonly to: DType };
  MatMul: None;
  Gemm: { readonly transA: boolean; readonly transB: boolean };
  Transpose: { readonly perm: readonly number[] };
  Reshape: { readonly shape: Shape };
  Expand: { readonly shape: Shape };
  Concat: Axis;
  Split: Axis & { readonly sizes: readonly number[] };
  Slice: Axis & { readonly start: number; readonly end: number };
  Gather: Axis;
  GatherElements: Axis;
  ScatterND: { readonly reduction: "none" | "add" };
  ScatterElements: Axis & { readonly reduction: "none" | "add" };
  ReduceSum: Axes;
  ReduceMean: Axes;
  ReduceMax: Axes;
  ReduceSumSquare: Axes;
  ReduceLogSumExp: Axes;
  Softmax: Axis;
  CumSum: Axis;
  ArgMax: Axis & { readonly keepDims?: boolean };
  SimplifiedLayerNormalization: { readonly epsilon: number };
  SkipSimplifiedLayerNormalization: { readonly epsilon: number };
  QuickGelu: { readonly alpha: number };
  RotaryEmbedding: { readonly numHeads: number };
  GatedAdd: None;
  /** int8: activations may be rounded to 8 bits a block, which is faster. */
  MatMulNBits: BlockQuantisation & { readonly inputs: number; readonly outputs: number; readonly accuracy?: "int8" };
  DequantizeLinear: Axis & { readonly blockSize: number };
  /** `window`: tokens that a query sees, itself included; null = all before it. */
  GroupQueryAttention: { readonly numHeads: number; readonly numKvHeads: number; readonly window: number | null };
  FusedMatMul: { readonly transA: boolean; readonly transB: boolean; readonly alpha: number };
}

export type OpName = keyof OpParams;
export type AttributeValue = number | { readonly float: number } | string | readonly number[];

/** A constant int64 (or float32 scalar) input appended after the op's tensor inputs, or a shape to be made a tensor. */
export type ExtraInput =
  { readonly ints: readonly number[] } | { readonly scalar: number } | { readonly shape: Shape } | { readonly int: number };

export interface OpRule<P> {
  readonly domain?: "com.microsoft";
  /** Output types; throws a plain Error (a bug in the caller) when the inputs do not fit. */
  infer(inputs: readonly TensorType[], params: P): readonly TensorType[];
  attributes?(params: P): Readonly<Record<string, AttributeValue>>;
  extraInputs?(params: P): readonly ExtraInput[];
}

function at(inputs: readonly TensorType[], index: number): TensorType {
  const input = inputs[index];
  if (input === undefined) throw new Error(`missing input ${index}`);
  return input;
}

const unary: OpRule<None> = { infer: (inputs) => [at(inputs, 0)] };

function requireDtype(input: TensorType, ...allowed: readonly DType[]): TensorType {
  if (!allowed.includes(input.dtype)) throw new Error(`dtype must be ${allowed.join(" or ")}, got ${input.dtype}`);
  return input;
}

/** The dtype all inputs share. */
function commonDtype(...inputs: readonly TensorType[]): DType {
  const { dtype } = at(inputs, 0);
  const other = inputs.find((input) => input.dtype !== dtype);
  if (other !== undefined) throw new Error(`dtypes differ: ${dtype} and ${other.dtype}`);
  return dtype;
}

function sameRank(what: string, a: TensorType, b: TensorType): void {
  if (a.shape.length !== b.shape.length) throw new Error(`${what} needs equal ranks, got ${show(a.shape)} and ${show(b.shape)}`);
}

const floatUnary: OpRule<None> = { infer: (inputs) => [requireDtype(at(inputs, 0), "float32", "float16")] };

const binary: OpRule<None> = {
  infer: (inputs) => {
    const [a, b] = [at(inputs, 0), at(inputs, 1)];
    return [{ dtype: commonDtype(a, b), shape: broadcast(a.shape, b.shape) }];
  },
};

const logical = (inputs: readonly TensorType[]) => inputs.map((input) => requireDtype(input, "bool"));

const comparison: OpRule<None> = {
  infer: (inputs) => [{ dtype: "bool", shape: at(binary.infer(inputs, {}), 0).shape }],
};

export function normaliseAxis(axis: number, rank: number): number {
  const result = axis < 0 ? axis + rank : axis;
  if (result < 0 || result >= rank) throw new Error(`axis ${axis} out of range for rank ${rank}`);
  return result;
}

function reducedShape(shape: Shape, { axes, keepDims }: Axes): Dim[] {
  const drop = new Set(axes.map((axis) => normaliseAxis(axis, shape.length)));
  return shape.flatMap((dim, i) => (drop.has(i) ? (keepDims ? [1] : []) : [dim]));
}

/** ReduceSum takes its axes as an input since opset 13, the others since 18: all do at opset 21. */
const reduction: OpRule<Axes> = {
  infer: (inputs, params) => [{ dtype: at(inputs, 0).dtype, shape: reducedShape(at(inputs, 0).shape, params) }],
  attributes: ({ keepDims }) => ({ keepdims: keepDims ? 1 : 0 }),
  extraInputs: ({ axes }) => [{ ints: axes }],
};

function matmulShape(a: Shape, b: Shape): Dim[] {
  if (a.length < 2 || b.length < 2) throw new Error(`MatMul needs rank >= 2, got ${show(a)} and ${show(b)}`);
  if (a.at(-1) !== b.at(-2)) throw new Error(`MatMul inner dimensions differ: ${show(a)} and ${show(b)}`);
  return [...broadcast(a.slice(0, -2), b.slice(0, -2)), a.at(-2) as Dim, b.at(-1) as Dim];
}

/** Rows of indices into the first axis, and updates of the indexed entries. */
function checkScatterND(data: TensorType, indices: TensorType, updates: TensorType): void {
  requireDtype(indices, "int64");
  const depth = indices.shape.at(-1);
  const expected = typeof depth === "number" ? [...indices.shape.slice(0, -1), ...data.shape.slice(depth)] : undefined;
  if (expected === undefined || !sameShape(expected, updates.shape)) {
    throw new Error(`ScatterND cannot put ${show(updates.shape)} at indices ${show(indices.shape)} of ${show(data.shape)}`);
  }
}

function swapLast(shape: Shape, swap: boolean): Shape {
  return swap ? [...shape.slice(0, -2), shape.at(-1) as Dim, shape.at(-2) as Dim] : shape;
}

function alongAxis(inputs: readonly TensorType[], { axis }: Axis): readonly TensorType[] {
  normaliseAxis(axis, at(inputs, 0).shape.length);
  return [at(inputs, 0)];
}

/** Normalisation over the last axis with a gain per feature. */
function checkGain(x: TensorType, gain: TensorType): void {
  if (!sameShape(gain.shape, x.shape.slice(-1))) throw new Error(`gain ${show(gain.shape)} does not fit ${show(x.shape)}`);
}

const axisAttribute = ({ axis }: Axis) => ({ axis });

export const OPS: { readonly [K in OpName]: OpRule<OpParams[K]> } = {
  Add: binary,
  Sub: binary,
  Mul: binary,
  Div: binary,
  Pow: binary,
  Max: binary,
  Min: binary,
  Neg: unary,
  Abs: unary,
  Sqrt: floatUnary,
  Exp: floatUnary,
  Log: floatUnary,
  Reciprocal: floatUnary,
  Sigmoid: floatUnary,
  Tanh: floatUnary,
  Softplus: floatUnary,
  Cos: floatUnary,
  Sin: floatUnary,
  Erf: floatUnary,
  Floor: floatUnary,
  Identity: unary,
  Not: { infer: (inputs) => unary.infer(logical(inputs), {}) },
  And: { infer: (inputs) => binary.infer(logical(inputs), {}) },
  BitwiseAnd: binary,
  BitShift: { ...binary, attributes: () => ({ direction: "RIGHT" }) },
  Equal: comparison,
  Less: comparison,
  LessOrEqual: comparison,
  Greater: comparison,
  GreaterOrEqual: comparison,
  Where: {
    infer: (inputs) => {
      const [condition, a, b] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
      requireDtype(condition, "bool");
      return [{ dtype: commonDtype(a, b), shape: broadcast(condition.shape, broadcast(a.shape, b.shape)) }];
    },
  },
  Clip: { infer: (inputs) => [at(inputs, 0)], extraInputs: ({ min, max }) => [{ scalar: min }, { scalar: max }] },
  Cast: { infer: (inputs, { to }) => [{ dtype: to, shape: at(inputs, 0).shape }], attributes: ({ to }) => ({ to: ELEMENT_TYPES[to] }) },
  MatMul: {
    infer: (inputs) => {
      const [a, b] = [at(inputs, 0), at(inputs, 1)];
      return [{ dtype: commonDtype(a, b), shape: matmulShape(a.shape, b.shape) }];
    },
  },
  // A third input is a bias [columns] or [rows, columns].
  Gemm: {
    infer: (inputs, { transA, transB }) => {
      const [a, b] = [at(inputs, 0), at(inputs, 1)];
      if (a.shape.length !== 2 || b.shape.length !== 2) throw new Error(`Gemm needs matrices, got ${show(a.shape)} and ${show(b.shape)}`);
      const shape = matmulShape(swapLast(a.shape, transA), swapLast(b.shape, transB));
      const bias = inputs[2];
      if (bias !== undefined && !sameShape(broadcast(shape, bias.shape), shape))
        throw new Error(`Gemm bias ${show(bias.shape)} does not fit ${show(shape)}`);
      return [{ dtype: commonDtype(...inputs), shape }];
    },
    attributes: ({ transA, transB }) => ({ transA: transA ? 1 : 0, transB: transB ? 1 : 0 }),
  },
  Transpose: {
    infer: (inputs, { perm }) => {
      const { dtype, shape } = at(inputs, 0);
      if (perm.length !== shape.length || shape.some((_, axis) => !perm.includes(axis)))
        throw new Error(`perm [${perm.join(", ")}] does not fit ${show(shape)}`);
      return [{ dtype, shape: perm.map((axis) => shape[axis] as Dim) }];
    },
    attributes: ({ perm }) => ({ perm }),
  },
  Reshape: {
    infer: (inputs, { shape }) => {
      const input = at(inputs, 0);
      if (product(input.shape) !== product(shape)) throw new Error(`cannot reshape ${show(input.shape)} to ${show(shape)}`);
      return [{ dtype: input.dtype, shape }];
    },
    extraInputs: ({ shape }) => [{ shape }],
  },
  Expand: {
    infer: (inputs, { shape }) => [{ dtype: at(inputs, 0).dtype, shape: broadcast(at(inputs, 0).shape, shape) }],
    extraInputs: ({ shape }) => [{ shape }],
  },
  Concat: {
    infer: (inputs, { axis }) => {
      const first = at(inputs, 0);
      const where = normaliseAxis(axis, first.shape.length);
      for (const input of inputs) {
        const fits = input.shape.length === first.shape.length && input.shape.every((dim, i) => i === where || dim === first.shape[i]);
        if (!fits) throw new Error(`cannot concatenate ${show(first.shape)} and ${show(input.shape)} along axis ${axis}`);
      }
      const sizes = inputs.map((input) => input.shape[where] as Dim);
      const total = sizes.every((size) => typeof size === "number") ? sizes.reduce((a, b) => a + b, 0) : sizes.join("+");
      return [{ dtype: commonDtype(...inputs), shape: first.shape.map((dim, i) => (i === where ? total : dim)) }];
    },
    attributes: axisAttribute,
  },
  Split: {
    infer: (inputs, { axis, sizes }) => {
      const { dtype, shape } = at(inputs, 0);
      const where = normaliseAxis(axis, shape.length);
      if (sizes.reduce((a, b) => a + b, 0) !== shape[where])
        throw new Error(`Split sizes [${sizes.join(", ")}] do not sum to ${shape[where]}`);
      return sizes.map((size) => ({ dtype, shape: shape.map((dim, i) => (i === where ? size : dim)) }));
    },
    attributes: axisAttribute,
    extraInputs: ({ sizes }) => [{ ints: sizes }],
  },
  Slice: {
    infer: (inputs, { axis, start, end }) => {
      const { dtype, shape } = at(inputs, 0);
      const where = normaliseAxis(axis, shape.length);
      const size = shape[where];
      if (start < 0 || start >= end || (typeof size === "number" && end > size))
        throw new Error(`no slice ${start}:${end} of axis ${axis} of ${show(shape)}`);
      return [{ dtype, shape: shape.map((dim, i) => (i === where ? end - start : dim)) }];
    },
    extraInputs: ({ axis, start, end }) => [{ ints: [start] }, { ints: [end] }, { ints: [axis] }],
  },
  Gather: {
    infer: (inputs, { axis }) => {
      const [data, indices] = [at(inputs, 0), requireDtype(at(inputs, 1), "int64", "int32")];
      const where = normaliseAxis(axis, data.shape.length);
      return [{ dtype: data.dtype, shape: [...data.shape.slice(0, where), ...indices.shape, ...data.shape.slice(where + 1)] }];
    },
    attributes: axisAttribute,
  },
  GatherElements: {
    infer: (inputs, { axis }) => {
      const [data, indices] = [at(inputs, 0), requireDtype(at(inputs, 1), "int64", "int32")];
      sameRank("GatherElements", data, indices);
      normaliseAxis(axis, data.shape.length);
      return [{ dtype: data.dtype, shape: indices.shape }];
    },
    attributes: axisAttribute,
  },
  ScatterND: {
    infer: (inputs) => {
      const [data, indices, updates] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
      commonDtype(data, updates);
      checkScatterND(data, indices, updates);
      return [data];
    },
    attributes: ({ reduction: mode }) => ({ reduction: mode }),
  },
  ScatterElements: {
    infer: (inputs, { axis }) => {
      const [data, indices, updates] = [at(inputs, 0), requireDtype(at(inputs, 1), "int64", "int32"), at(inputs, 2)];
      commonDtype(data, updates);
      sameRank("ScatterElements", data, indices);
      normaliseAxis(axis, data.shape.length);
      if (!sameShape(indices.shape, updates.shape))
        throw new Error(`ScatterElements indices ${show(indices.shape)} and updates ${show(updates.shape)} differ`);
      return [data];
    },
    attributes: ({ axis, reduction: mode }) => ({ axis, reduction: mode }),
  },
  ReduceSum: reduction,
  ReduceMean: reduction,
  ReduceMax: reduction,
  ReduceSumSquare: reduction,
  ReduceLogSumExp: reduction,
  Softmax: { infer: alongAxis, attributes: axisAttribute },
  CumSum: { infer: alongAxis, extraInputs: ({ axis }) => [{ int: axis }] },
  ArgMax: {
    infer: (inputs, { axis, keepDims = false }) => [
      { dtype: "int64", shape: reducedShape(at(inputs, 0).shape, { axes: [axis], keepDims }) },
    ],
    attributes: ({ axis, keepDims = false }) => ({ axis, keepdims: keepDims ? 1 : 0 }),
  },
  // Outputs: normalised, 1 / rms. ONNX Runtime registers it in the default domain.
  SimplifiedLayerNormalization: {
    infer: (inputs) => {
      const x = at(inputs, 0);
      checkGain(x, at(inputs, 1));
      return [x, { dtype: "float32", shape: [...x.shape.slice(0, -1), 1] }];
    },
    attributes: ({ epsilon }) => ({ axis: -1, epsilon: { float: epsilon }, stash_type: 1 }),
  },
  // Inputs x, skip, gamma. Outputs: norm(x + skip), unused mean, 1 / rms, x + skip. The middle two are left unnamed by the builder.
  SkipSimplifiedLayerNormalization: {
    domain: "com.microsoft",
    infer: (inputs) => {
      const [x, skip] = [at(inputs, 0), at(inputs, 1)];
      if (!sameShape(x.shape, skip.shape)) throw new Error(`skip ${show(skip.shape)} does not fit ${show(x.shape)}`);
      checkGain(x, at(inputs, 2));
      const statistic: TensorType = { dtype: "float32", shape: [...x.shape.slice(0, -1), 1] };
      return [x, statistic, statistic, x];
    },
    attributes: ({ epsilon }) => ({ epsilon: { float: epsilon } }),
  },
  QuickGelu: { domain: "com.microsoft", infer: (inputs) => [at(inputs, 0)], attributes: ({ alpha }) => ({ alpha: { float: alpha } }) },
  // Inputs x [B, T, numHeads * D], positions [B, T] int64, cos and sin [maxPositions, D / 2]; halves rotated, not interleaved.
  RotaryEmbedding: {
    domain: "com.microsoft",
    infer: (inputs, { numHeads }) => {
      const [x, positions, cos] = [at(inputs, 0), requireDtype(at(inputs, 1), "int64"), at(inputs, 2)];
      const [half, width] = [cos.shape.at(-1), x.shape.at(-1)];
      const fits = x.shape.length === 3 && positions.shape.length === 2 && typeof half === "number" && width === 2 * half * numHeads;
      if (!fits) throw new Error(`RotaryEmbedding of ${numHeads} heads: tables ${show(cos.shape)} do not fit ${show(x.shape)}`);
      return [x];
    },
    attributes: ({ numHeads }) => ({ interleaved: 0, num_heads: numHeads }),
  },
  // x + y gate with x, y [..., C] and gate [..., 1], in one pass.
  GatedAdd: {
    domain: "com.microsoft",
    infer: (inputs) => {
      const [x, y, gate] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
      if (!sameShape(x.shape, y.shape) || !sameShape(gate.shape, [...x.shape.slice(0, -1), 1]))
        throw new Error(`GatedAdd needs two equal shapes and a gate a row, got ${show(x.shape)}, ${show(y.shape)} and ${show(gate.shape)}`);
      return [{ dtype: commonDtype(x, y, gate), shape: x.shape }];
    },
  },
  // x W^T with W [outputs, inputs] quantised: packed uint8 [outputs, blocks, bytes], scales float32 [outputs, blocks] and zero points
  // uint8 [outputs, bytes a row]. Products are of float32 (accuracy level 1).
  MatMulNBits: {
    domain: "com.microsoft",
    infer: (inputs, { inputs: inSize, outputs, bits, blockSize }) => {
      const [x, packed, scales, zeros] = [
        at(inputs, 0),
        requireDtype(at(inputs, 1), "uint8"),
        at(inputs, 2),
        requireDtype(at(inputs, 3), "uint8"),
      ];
      const blocks = Math.ceil(inSize / blockSize);
      const expected = [
        [outputs, blocks, (blockSize * bits) / 8],
        [outputs, blocks],
        [outputs, Math.ceil((blocks * bits) / 8)],
      ] as const;
      const fits = x.shape.at(-1) === inSize && [packed, scales, zeros].every(({ shape }, i) => sameShape(shape, expected[i] as Shape));
      if (!fits)
        throw new Error(`MatMulNBits of ${show(x.shape)}: ${show(packed.shape)}, ${show(scales.shape)}, ${show(zeros.shape)} do not fit`);
      return [{ dtype: x.dtype, shape: [...x.shape.slice(0, -1), outputs] }];
    },
    attributes: ({ inputs: K, outputs: N, bits, blockSize, accuracy }) => ({ K, N, bits, block_size: blockSize, accuracy_level: accuracy === "int8" ? 4 : 1 }), // prettier-ignore
  },
  // uint8 with float32 scales and uint8 zero points along blocks of an axis.
  DequantizeLinear: {
    infer: (inputs) => [{ dtype: at(inputs, 1).dtype, shape: requireDtype(at(inputs, 0), "uint8").shape }],
    attributes: ({ axis, blockSize }) => ({ axis, block_size: blockSize }),
  },
  // Inputs q [R, 1, H D], scaled already, k and v [R, 1, Hkv D], cached keys and values [R, Hkv, C, D], int32 [R] tokens of each row
  // in the cache, int32 scalar: most tokens of a row, the new one included. Outputs: [R, 1, H D] and the caches with the new token.
  GroupQueryAttention: {
    domain: "com.microsoft",
    infer: (inputs, { numHeads, numKvHeads }) => {
      const [q, k, v, pastKey, pastValue] = [at(inputs, 0), at(inputs, 1), at(inputs, 2), at(inputs, 3), at(inputs, 4)];
      requireDtype(at(inputs, 5), "int32");
      requireDtype(at(inputs, 6), "int32");
      const [rows, , , size] = pastKey.shape;
      const fits =
        sameShape(pastKey.shape, pastValue.shape) &&
        typeof size === "number" &&
        pastKey.shape[1] === numKvHeads &&
        sameShape(q.shape, [rows as Dim, 1, numHeads * size]) &&
        [k, v].every(({ shape }) => sameShape(shape, [rows as Dim, 1, numKvHeads * size]));
      if (!fits)
        throw new Error(`GroupQueryAttention: q ${show(q.shape)}, k ${show(k.shape)} and the cache ${show(pastKey.shape)} do not fit`);
      return [q, pastKey, pastValue];
    },
    attributes: ({ numHeads, numKvHeads, window }) => ({
      num_heads: numHeads,
      kv_num_heads: numKvHeads,
      scale: { float: 1 },
      ...(window === null ? {} : { local_window_size: window }),
    }),
  },
  FusedMatMul: {
    domain: "com.microsoft",
    infer: (inputs, { transA, transB }) => {
      const [a, b] = [at(inputs, 0), at(inputs, 1)];
      return [{ dtype: commonDtype(a, b), shape: matmulShape(swapLast(a.shape, transA), swapLast(b.shape, transB)) }];
    },
    attributes: ({ transA, transB, alpha }) => ({ transA: transA ? 1 : 0, transB: transB ? 1 : 0, alpha: { float: alpha } }),
  },
};

/** TensorProto.DataType numbers of the ONNX standard. */
export const ELEMENT_TYPES: Readonly<Record<DType, number>> = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float16: 10 };

/** Shape of a reshape target where exactly one dimension is given as -1. */
export function resolveShape(input: Shape, target: readonly (Dim | -1)[]): Dim[] {
  const open = target.indexOf(-1);
  if (open < 0) return [...target];
  const rest = product(target.filter((dim) => dim !== -1));
  const missing = quotient(product(input), rest);
  if (missing === undefined) throw new Error(`cannot reshape ${show(input)} to ${show(target)}`);
  return target.map((dim, i) => (i === open ? missing : dim));
}
