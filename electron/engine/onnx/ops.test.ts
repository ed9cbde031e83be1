// Shape and dtype inference of every op, symbolic dimensions included, and what it says when inputs do not fit.

import { describe, expect, it } from "vitest";
import type { DType } from "../tensor/tensor.ts";
import { product, quotient, type Shape } from "./dims.ts";
import { Graph } from "./graph.ts";
import { OPS, type OpName, type OpParams, type OpRule, type TensorType } from "./ops.ts";

type Short = Shape | readonly [DType, Shape];
const typeOf = (short: Short): TensorType =>
  Array.isArray(short[1]) ? { dtype: short[0] as DType, shape: short[1] as Shape } : { dtype: "float32", shape: short as Shape };

interface Fit {
  readonly inputs: readonly Short[];
  readonly outputs: readonly Short[];
}
const fit = <K extends OpName>(op: K, params: OpParams[K], inputs: readonly Short[], outputs: readonly Short[]) => ({
  op,
  params,
  inputs,
  outputs,
});
const misfit = <K extends OpName>(op: K, params: OpParams[K], inputs: readonly Short[], message: RegExp) => ({
  op,
  params,
  inputs,
  message,
});

const UNARY = [
  "Neg",
  "Abs",
  "Sqrt",
  "Exp",
  "Log",
  "Reciprocal",
  "Sigmoid",
  "Tanh",
  "Softplus",
  "Cos",
  "Sin",
  "Erf",
  "Floor",
  "Identity",
] as const;
const BINARY = ["Add", "Sub", "Mul", "Div", "Pow", "Max", "Min"] as const;
const COMPARISON = ["Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"] as const;
const REDUCTION = ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceSumSquare", "ReduceLogSumExp"] as const;

const FITS = [
  ...UNARY.map((op) => fit(op, {}, [["B", 3]], [["B", 3]])),
  ...BINARY.map((op) => fit(op, {}, [["B", 1, 4], ["T", 1]], [["B", "T", 4]])),
  ...COMPARISON.map((op) => fit(op, {}, [["int64", ["B", 1]], ["int64", [7]]], [["bool", ["B", 7]]])),
  ...REDUCTION.flatMap((op) => [
    fit(op, { axes: [-1, 0], keepDims: true }, [["B", "T", 5]], [[1, "T", 1]]),
    fit(op, { axes: [1], keepDims: false }, [["B", "T", 5]], [["B", 5]]),
  ]),
  fit("Not", {}, [["bool", ["B"]]], [["bool", ["B"]]]),
  fit("And", {}, [["bool", ["B", 1]], ["bool", ["T"]]], [["bool", ["B", "T"]]]),
  fit("Where", {}, [["bool", ["B", 1]], ["int64", [3]], ["int64", []]], [["int64", ["B", 3]]]),
  fit("Clip", { min: 0, max: 1 }, [["B"]], [["B"]]),
  fit("Cast", { to: "float16" }, [["int64", ["B"]]], [["float16", ["B"]]]),
  fit("MatMul", {}, [["B", 1, "T", 4], [3, 4, "T"]], [["B", 3, "T", "T"]]),
  fit("Gemm", { transA: true, transB: true }, [[4, "N"], [5, 4]], [["N", 5]]),
  fit("Gemm", { transA: false, transB: false }, [["N", 4], [4, 5], [5]], [["N", 5]]),
  fit("FusedMatMul", { transA: false, transB: true, alpha: 2 }, [["B", 2, 4], ["B", "C", 4]], [["B", 2, "C"]]),
  fit("Transpose", { perm: [2, 0, 1] }, [["B", "T", 4]], [[4, "B", "T"]]),
  fit("Reshape", { shape: ["B*T", 2, 3] }, [["B", "T", 6]], [["B*T", 2, 3]]),
  fit("Expand", { shape: ["B", 4] }, [[1, 1]], [["B", 4]]),
  fit("Concat", { axis: -1 }, [["B", 2], ["B", 3]], [["B", 5]]),
  fit("Concat", { axis: 0 }, [["P", 2], ["C", 2]], [["P+C", 2]]),
  fit("Split", { axis: 1, sizes: [2, 3] }, [["B", 5]], [["B", 2], ["B", 3]]),
  fit("Slice", { axis: 0, start: 2, end: 5 }, [[5, "T"]], [[3, "T"]]),
  fit("Gather", { axis: 0 }, [[9, 4], ["int64", ["B", "T"]]], [["B", "T", 4]]),
  fit("GatherElements", { axis: 1 }, [["N", 9], ["int64", ["N", 1]]], [["N", 1]]),
  fit("ScatterND", { reduction: "add" }, [[9, 4], ["int64", ["M", 1]], ["M", 4]], [[9, 4]]),
  fit("ScatterElements", { axis: 1, reduction: "add" }, [["N", 9], ["int64", ["N", 2]], ["N", 2]], [["N", 9]]),
  fit("Softmax", { axis: -1 }, [["B", "T"]], [["B", "T"]]),
  fit("CumSum", { axis: 1 }, [["B", "T"]], [["B", "T"]]),
  fit("ArgMax", { axis: -1 }, [["B", 9]], [["int64", ["B"]]]),
  fit("SimplifiedLayerNormalization", { epsilon: 1e-6 }, [["N", 8], [8]], [["N", 8], ["N", 1]]),
  fit("SkipSimplifiedLayerNormalization", { epsilon: 1e-6 }, [["N", 8], ["N", 8], [8]], [["N", 8], ["N", 1], ["N", 1], ["N", 8]]),
  fit("GatedAdd", {}, [["N", 8], ["N", 8], ["N", 1]], [["N", 8]]),
  fit("MatMulNBits", { bits: 4, blockSize: 16, inputs: 48, outputs: 5 },
    [["N", 48], ["uint8", [5, 3, 8]], [5, 3], ["uint8", [5, 2]]], [["N", 5]]),
  fit("DequantizeLinear", { axis: 1, blockSize: 16 }, [["uint8", [9, 48]], [9, 3], ["uint8", [9, 3]]], [[9, 48]]),
  fit("BitwiseAnd", {}, [["uint8", [9, 4]], ["uint8", []]], [["uint8", [9, 4]]]),
  fit("BitShift", {}, [["uint8", [9, 4]], ["uint8", []]], [["uint8", [9, 4]]]),
  fit("GroupQueryAttention", { numHeads: 4, numKvHeads: 2, window: null }, [["R", 1, 12], ["R", 1, 6], ["R", 1, 6], ["R", 2, "C", 3], ["R", 2, "C", 3], ["int32", ["R"]], ["int32", []]], [["R", 1, 12], ["R", 2, "C", 3], ["R", 2, "C", 3]]),
  fit("QuickGelu", { alpha: 1 }, [["N", 8]], [["N", 8]]),
  fit("RotaryEmbedding", { numHeads: 2 }, [["B", "T", 12], ["int64", ["B", "T"]], [99, 3], [99, 3]], [["B", "T", 12]]),
]; // prettier-ignore

const MISFITS = [
  misfit("Add", {}, [["B", 3], ["T", 3]], /Add_0: shapes \[B, 3\] and \[T, 3\] do not broadcast/),
  misfit("Mul", {}, [[3], ["int64", [3]]], /Mul_0: dtypes differ: float32 and int64/),
  misfit("Exp", {}, [["int64", [3]]], /Exp_0: dtype must be float32 or float16, got int64/),
  misfit("And", {}, [["bool", [3]], [3]], /dtype must be bool, got float32/),
  misfit("Where", {}, [[3], [3], [3]], /dtype must be bool, got float32/),
  misfit("MatMul", {}, [["B", 3], [4, "B"]], /inner dimensions differ: \[B, 3\] and \[4, B\]/),
  misfit("MatMul", {}, [[3], [3, 4]], /rank >= 2, got \[3\] and \[3, 4\]/),
  misfit("Gemm", { transA: false, transB: true }, [["N", 4], [4, 5]], /inner dimensions differ: \[N, 4\] and \[5, 4\]/),
  misfit("Gemm", { transA: false, transB: false }, [["B", "N", 4], [4, 5]], /needs matrices/),
  misfit("Gemm", { transA: false, transB: false }, [["N", 4], [4, 5], [4]], /\[N, 5\] and \[4\] do not broadcast/),
  misfit("Transpose", { perm: [0, 0] }, [["B", 4]], /perm \[0, 0\] does not fit \[B, 4\]/),
  misfit("Reshape", { shape: ["B", 5] }, [["B", 4]], /cannot reshape \[B, 4\] to \[B, 5\]/),
  misfit("Concat", { axis: 1 }, [["B", 4], ["T", 4]], /cannot concatenate \[B, 4\] and \[T, 4\] along axis 1/),
  misfit("Split", { axis: 1, sizes: [2, 2] }, [["B", 5]], /sizes \[2, 2\] do not sum to 5/),
  misfit("Slice", { axis: 0, start: 3, end: 6 }, [[5]], /no slice 3:6 of axis 0 of \[5\]/),
  misfit("Gather", { axis: 0 }, [[9, 4], [2]], /dtype must be int64 or int32, got float32/),
  misfit("GatherElements", { axis: 0 }, [[9, 4], ["int64", [2]]], /equal ranks, got \[9, 4\] and \[2\]/),
  misfit("ScatterND", { reduction: "add" }, [[9, 4], ["int64", ["M", 1]], ["M", 3]], /cannot put \[M, 3\] at indices \[M, 1\] of \[9, 4\]/),
  misfit("ScatterElements", { axis: 0, reduction: "add" }, [[9, 4], ["int64", [2, 4]], [3, 4]], /indices \[2, 4\] and updates \[3, 4\] differ/),
  misfit("ReduceSum", { axes: [2], keepDims: true }, [["B", 4]], /axis 2 out of range for rank 2/),
  misfit("Softmax", { axis: -3 }, [["B", 4]], /axis -3 out of range/),
  misfit("SimplifiedLayerNormalization", { epsilon: 1 }, [["N", 8], [4]], /gain \[4\] does not fit \[N, 8\]/),
  misfit("SkipSimplifiedLayerNormalization", { epsilon: 1 }, [["N", 8], ["M", 8], [8]], /skip \[M, 8\] does not fit \[N, 8\]/),
  misfit("GatedAdd", {}, [["N", 8], ["N", 8], ["N", 8]], /GatedAdd_0: GatedAdd needs two equal shapes and a gate a row/),
  misfit("MatMulNBits", { bits: 8, blockSize: 16, inputs: 48, outputs: 5 },
    [["N", 48], ["uint8", [5, 3, 8]], [5, 3], ["uint8", [5, 3]]], /MatMulNBits of \[N, 48\]: \[5, 3, 8\]/),
  misfit("DequantizeLinear", { axis: 1, blockSize: 16 }, [[9, 48], [9, 3], ["uint8", [9, 3]]], /dtype must be uint8/),
  misfit("GroupQueryAttention", { numHeads: 4, numKvHeads: 2, window: 5 }, [["R", 1, 12], ["R", 1, 6], ["R", 1, 6], ["R", 1, "C", 3], ["R", 1, "C", 3], ["int32", ["R"]], ["int32", []]], /q \[R, 1, 12\], k \[R, 1, 6\] and the cache \[R, 1, C, 3\] do not fit/),
  misfit("RotaryEmbedding", { numHeads: 3 }, [["B", "T", 12], ["int64", ["B", "T"]], [9, 3], [9, 3]], /of 3 heads: tables \[9, 3\] do not fit \[B, T, 12\]/),
]; // prettier-ignore

function infer(op: OpName, params: unknown, inputs: readonly Short[]): readonly TensorType[] {
  return (OPS[op] as OpRule<unknown>).infer(inputs.map(typeOf), params);
}

describe("shape and dtype inference", () => {
  it.each(FITS)("$op of $inputs", ({ op, params, inputs, outputs }: Fit & { op: OpName; params: unknown }) => {
    expect(infer(op, params, inputs)).toEqual(outputs.map(typeOf));
  });

  it("is covered for every op of the table", () => {
    const covered = new Set<string>(FITS.map(({ op }) => op));
    expect(Object.keys(OPS).filter((op) => !covered.has(op))).toEqual([]);
  });

  it.each(MISFITS)("$op refuses $inputs", ({ op, params, inputs, message }) => {
    const graph = new Graph("misfit");
    const values = inputs.map((short, i) => graph.input(`x${i}`, typeOf(short).dtype, typeOf(short).shape));
    expect(() => graph.emit(op, values, params as never)).toThrow(message);
    expect(graph.nodes).toEqual([]);
  });
});

describe("symbolic dimensions", () => {
  it("multiply and divide to one canonical form", () => {
    expect(product(["T", 2, "B", 3])).toBe("6*B*T");
    expect(product([2, "B*T", "B"])).toBe("2*B*B*T");
    expect(product([])).toBe(1);
    expect(quotient("6*B*T", "2*T")).toBe("3*B");
    expect(quotient("B*T", "B*T")).toBe(1);
    expect(quotient("B", "T")).toBeUndefined();
    expect(quotient("3*B", 2)).toBeUndefined();
  });

  it("fill the open dimension of a reshape", () => {
    const graph = new Graph("reshape");
    const x = graph.input("x", "float32", ["B", "T", 6]);
    expect(graph.reshape(x, [-1, 6]).shape).toEqual(["B*T", 6]);
    expect(graph.reshape(x, ["B", -1, 3]).shape).toEqual(["B", "2*T", 3]);
    expect(() => graph.reshape(x, [-1, 4])).toThrow(/cannot reshape \[B, T, 6\] to \[-1, 4\]/);
  });
});
