// Every derivative rule against central differences in a seeded random direction, through ONNX Runtime itself.

import { describe, expect, it } from "vitest";
import { gradients } from "../gradients.ts";
import { Graph, type Value } from "../../onnx/graph.ts";
import type { OpName } from "../../onnx/ops.ts";
import { OnnxSession } from "../../onnx/session.ts";
import { serializeGraph } from "../../onnx/serialize.ts";
import { Random, mixSeed } from "../../tensor/random.ts";
import { float32, int64, sizeOf, type Float32Tensor, type HostTensor } from "../../tensor/tensor.ts";
import { VJP_RULES } from "./table.ts";

interface Case {
  /** Shapes of the differentiable inputs. */
  readonly shapes: readonly (readonly number[])[];
  readonly build: (graph: Graph, inputs: readonly Value[]) => Value;
  /** Keeps inputs away from kinks and poles. */
  readonly map?: (value: number) => number;
}

const unary = (
  op: "Neg" | "Abs" | "Exp" | "Sigmoid" | "Tanh" | "Softplus" | "Cos" | "Sin" | "Erf" | "Identity" | "Sqrt" | "Log" | "Reciprocal",
  map?: (value: number) => number,
): Case => ({
  shapes: [[3, 4]],
  build: (graph, [x]) => graph.op(op, [x as Value], {}),
  ...(map === undefined ? {} : { map }),
});
const binary = (op: "Add" | "Sub" | "Mul" | "Div" | "Pow", map?: (value: number) => number): Case => ({
  shapes: [
    [3, 1, 4],
    [2, 1],
  ],
  build: (graph, inputs) => graph.op(op, inputs, {}),
  ...(map === undefined ? {} : { map }),
});
/** Whole numbers against whole numbers plus 0.37: no difference step crosses a tie. */
const extremum = (op: "Max" | "Min"): Case => ({
  shapes: [
    [3, 1, 4],
    [2, 1],
  ],
  build: (graph, [a, b]) => graph.op(op, [a as Value, graph.op("Add", [b as Value, graph.scalar(0.37)], {})], {}),
  map: Math.round,
});
const reduce = (op: "ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceSumSquare" | "ReduceLogSumExp", keepDims: boolean): Case => ({
  shapes: [[2, 3, 4]],
  build: (graph, [x]) => graph.op(op, [x as Value], { axes: [1, -1], keepDims }),
});
const positive = (value: number) => 0.5 + Math.abs(value);
const indices = (graph: Graph, shape: readonly number[], values: readonly number[]) => graph.constant(int64(shape, values));

const CASES: Partial<Record<OpName, readonly Case[]>> = {
  Add: [binary("Add")],
  Sub: [binary("Sub")],
  Mul: [binary("Mul")],
  Div: [binary("Div", positive)],
  Pow: [binary("Pow", positive)],
  Max: [extremum("Max")],
  Min: [extremum("Min")],
  Neg: [unary("Neg")],
  Abs: [unary("Abs", (value) => value + Math.sign(value) * 0.2)],
  Sqrt: [unary("Sqrt", positive)],
  Exp: [unary("Exp")],
  Log: [unary("Log", positive)],
  Reciprocal: [unary("Reciprocal", positive)],
  Sigmoid: [unary("Sigmoid")],
  Tanh: [unary("Tanh")],
  Softplus: [unary("Softplus")],
  Cos: [unary("Cos")],
  Sin: [unary("Sin")],
  Erf: [unary("Erf")],
  Identity: [unary("Identity")],
  Where: [
    {
      shapes: [[2, 3], [3]],
      build: (graph, [a, b]) => graph.op("Where", [graph.op("Greater", [a as Value, graph.scalar(0)], {}), a as Value, b as Value], {}),
    },
  ],
  Clip: [{ shapes: [[4, 5]], build: (graph, [x]) => graph.op("Clip", [x as Value], { min: -0.7, max: 0.6 }) }],
  Cast: [{ shapes: [[3]], build: (graph, [x]) => graph.op("Cast", [x as Value], { to: "float32" }) }],
  QuickGelu: [1, 1.702].map((alpha) => ({
    shapes: [[3, 4]],
    build: (graph: Graph, inputs: readonly Value[]) => graph.op("QuickGelu", inputs, { alpha }),
  })),
  MatMul: [
    {
      shapes: [
        [2, 3, 4],
        [2, 4, 5],
      ],
      build: (graph, inputs) => graph.op("MatMul", inputs, {}),
    },
    {
      shapes: [
        [2, 3, 4],
        [4, 5],
      ],
      build: (graph, inputs) => graph.op("MatMul", inputs, {}),
    },
  ],
  Gemm: [false, true].flatMap((transA) =>
    [false, true].map((transB) => ({
      shapes: [transA ? [4, 3] : [3, 4], transB ? [5, 4] : [4, 5], ...(transB ? [[5]] : [])],
      build: (graph: Graph, inputs: readonly Value[]) => graph.op("Gemm", inputs, { transA, transB }),
    })),
  ),
  SimplifiedLayerNormalization: [
    { shapes: [[3, 8], [8]], build: (graph, inputs) => graph.op("SimplifiedLayerNormalization", inputs, { epsilon: 1e-5 }) },
  ],
  RotaryEmbedding: [
    {
      shapes: [[2, 3, 8]],
      build: (graph, [x]) => {
        const table = (f: (angle: number) => number) =>
          graph.constant(
            float32(
              [5, 2],
              Float32Array.from({ length: 10 }, (_, i) => f(0.3 * i + 0.1)),
            ),
          );
        const positions = indices(graph, [2, 3], [0, 1, 2, 4, 3, 1]);
        return graph.op("RotaryEmbedding", [x as Value, positions, table(Math.cos), table(Math.sin)], { numHeads: 2 });
      },
    },
  ],
  Transpose: [{ shapes: [[2, 3, 4]], build: (graph, inputs) => graph.op("Transpose", inputs, { perm: [2, 0, 1] }) }],
  Reshape: [{ shapes: [[2, 3, 4]], build: (graph, [x]) => graph.reshape(x as Value, [6, -1]) }],
  Expand: [{ shapes: [[3, 1]], build: (graph, inputs) => graph.op("Expand", inputs, { shape: [2, 3, 4] }) }],
  Concat: [
    {
      shapes: [
        [2, 3],
        [2, 2],
      ],
      build: (graph, inputs) => graph.op("Concat", inputs, { axis: 1 }),
    },
  ],
  Split: [{ shapes: [[2, 5]], build: (graph, inputs) => graph.emit("Split", inputs, { axis: 1, sizes: [2, 3] })[1] as Value }],
  Slice: [{ shapes: [[2, 5]], build: (graph, inputs) => graph.op("Slice", inputs, { axis: 1, start: 1, end: 4 }) }],
  Gather: [
    { shapes: [[4, 3]], build: (graph, [x]) => graph.op("Gather", [x as Value, indices(graph, [2, 2], [3, 1, 1, 0])], { axis: 0 }) },
  ],
  GatherElements: [
    {
      shapes: [[2, 4]],
      build: (graph, [x]) => graph.op("GatherElements", [x as Value, indices(graph, [2, 2], [3, 1, 1, 1])], { axis: 1 }),
    },
  ],
  ScatterND: [
    {
      shapes: [
        [4, 3],
        [3, 3],
      ],
      build: (graph, [x, u]) => graph.op("ScatterND", [x as Value, indices(graph, [3, 1], [2, 0, 2]), u as Value], { reduction: "add" }),
    },
  ],
  ScatterElements: [
    {
      shapes: [
        [2, 4],
        [2, 2],
      ],
      build: (graph, [x, u]) =>
        graph.op("ScatterElements", [x as Value, indices(graph, [2, 2], [3, 1, 1, 1]), u as Value], { axis: 1, reduction: "add" }),
    },
  ],
  ReduceSum: [reduce("ReduceSum", true), reduce("ReduceSum", false)],
  ReduceMean: [reduce("ReduceMean", true), reduce("ReduceMean", false)],
  ReduceMax: [reduce("ReduceMax", true), reduce("ReduceMax", false)],
  ReduceSumSquare: [reduce("ReduceSumSquare", true), reduce("ReduceSumSquare", false)],
  ReduceLogSumExp: [reduce("ReduceLogSumExp", true), reduce("ReduceLogSumExp", false)],
  Softmax: [{ shapes: [[2, 3, 4]], build: (graph, inputs) => graph.op("Softmax", inputs, { axis: -1 }) }],
  CumSum: [{ shapes: [[2, 5]], build: (graph, inputs) => graph.op("CumSum", inputs, { axis: 1 }) }],
};

const randomTensor = (random: Random, shape: readonly number[], map: (value: number) => number = (value) => value) =>
  float32(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => map(random.normal())),
  );

/** Loss = sum(weights * op(inputs)): analytic directional derivative against a central difference of the loss. */
async function compare(op: string, test: Case): Promise<{ analytic: number; numeric: number }> {
  const random = new Random(mixSeed("vjp", op));
  const graph = new Graph(op);
  const inputs = test.shapes.map((shape, i) => graph.input(`x${i}`, "float32", shape));
  const y = test.build(graph, inputs);
  const weights = graph.initializer("weights", randomTensor(random, y.shape as readonly number[]));
  const loss = graph.op("ReduceSum", [graph.op("Mul", [y, weights], {})], { axes: y.shape.map((_, i) => i), keepDims: false });
  const derivatives = gradients(graph, loss, inputs);
  graph.output(y, "y");
  derivatives.forEach((derivative, i) => {
    expect(derivative.shape).toEqual(test.shapes[i]);
    graph.output(derivative, `dx${i}`);
  });
  const session = await OnnxSession.create(serializeGraph(graph), { threads: 1 });
  const x = test.shapes.map((shape) => randomTensor(random, shape, test.map));
  const direction = test.shapes.map((shape) => randomTensor(random, shape));
  const weightData = graph.initializers.get("weights")?.tensor.data as Float32Array;
  const evaluate = async (amount: number) => {
    const feeds = x.map((tensor, i) => [`x${i}`, move(tensor, direction[i] as Float32Tensor, amount)] as const);
    return session.run(Object.fromEntries(feeds));
  };
  const total = (out: Record<string, HostTensor>) =>
    (out["y"]?.data as Float32Array).reduce((sum, value, i) => sum + value * (weightData[i] as number), 0);
  const step = 1e-2;
  const [plus, minus, plus2, minus2, here] = [
    await evaluate(step),
    await evaluate(-step),
    await evaluate(2 * step),
    await evaluate(-2 * step),
    await evaluate(0),
  ];
  const numeric = (8 * (total(plus) - total(minus)) - (total(plus2) - total(minus2))) / (12 * step);
  let analytic = 0;
  direction.forEach((tensor, i) =>
    tensor.data.forEach((value, j) => (analytic += value * ((here[`dx${i}`]?.data as Float32Array)[j] as number))),
  );
  return { analytic, numeric };
}

function move(tensor: Float32Tensor, direction: Float32Tensor, amount: number): Float32Tensor {
  return float32(
    tensor.shape,
    tensor.data.map((value, i) => value + amount * (direction.data[i] as number)),
  );
}

describe("derivative rules", () => {
  it("has a test for every differentiable op", () => {
    const differentiable = Object.entries(VJP_RULES)
      .filter(([, rule]) => rule !== "notDifferentiable")
      .map(([name]) => name);
    expect(differentiable.filter((name) => CASES[name as OpName] === undefined)).toEqual([]);
  });

  for (const [op, cases] of Object.entries(CASES)) {
    it(`${op} agrees with central differences`, async () => {
      for (const test of cases) {
        const { analytic, numeric } = await compare(op, test);
        expect(Math.abs(analytic - numeric)).toBeLessThan(2e-3 * Math.max(1, Math.abs(numeric)));
      }
    });
  }

  it("refuses to differentiate through an op without a derivative", () => {
    const graph = new Graph("floor");
    const x = graph.input("x", "float32", [3]);
    const loss = graph.op("ReduceSum", [graph.op("Floor", [x], {})], { axes: [0], keepDims: false });
    expect(() => gradients(graph, loss, [x])).toThrow(/Floor has no derivative/);
  });
});
