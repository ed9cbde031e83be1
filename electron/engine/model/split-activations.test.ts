import { expect, it } from "vitest";
import { Graph, type Value } from "../onnx/graph.ts";
import { OnnxSession } from "../onnx/session.ts";
import { Random } from "../tensor/random.ts";
import { float32 } from "../tensor/tensor.ts";
import { dequantiseMatrix, quantiseMatrix } from "./block-quantisation.ts";
import { placeWeight, type QuantisedValue } from "./quantised-linear.ts";
import { splitActivations, splitProduct } from "./split-activations.ts";

const [ROWS, WIDTH, OUTPUTS] = [3, 192, 40];

/** Relative error of a product with W in blocks, over all rows, against float64. */
async function errorOf(bits: 4 | 8, blockSize: number, multiply: (graph: Graph, x: Value, w: QuantisedValue) => Value): Promise<number> {
  const random = new Random(bits + blockSize);
  const draw = (count: number) => Float32Array.from({ length: count }, () => random.normal());
  const matrix = quantiseMatrix(float32([OUTPUTS, WIDTH], draw(OUTPUTS * WIDTH)), { bits, blockSize });
  const x = draw(ROWS * WIDTH);
  // One outlier, and a block of nothing but zeros.
  x[5] = 60;
  x.fill(0, 64, 128);
  const graph = new Graph("product");
  const w = placeWeight(graph, "w", matrix, "constant") as QuantisedValue;
  graph.output(multiply(graph, graph.input("x", "float32", ["N", WIDTH]), w), "y");
  const session = await OnnxSession.openBeside(graph, { threads: 1 });
  const got = (await session.run({ x: float32([ROWS, WIDTH], x) }))["y"]?.data as Float32Array;
  await session.dispose();
  const values = dequantiseMatrix(matrix).data;
  let [error, size] = [0, 0];
  for (let row = 0; row < ROWS; row++) {
    for (let output = 0; output < OUTPUTS; output++) {
      let expected = 0;
      for (let i = 0; i < WIDTH; i++) expected += (values[output * WIDTH + i] as number) * (x[row * WIDTH + i] as number);
      error += (expected - (got[row * OUTPUTS + output] as number)) ** 2;
      size += expected ** 2;
    }
  }
  return Math.sqrt(error / size);
}

it.each([
  [4, 32],
  [4, 64],
  [8, 32],
  [8, 16],
] as const)("loses next to nothing that rounding to 8 bits alone would: %d bits, blocks of %d", async (bits, blockSize) => {
  const split = await errorOf(bits, blockSize, (graph, x, w) => splitProduct(graph, splitActivations(graph, x, blockSize), w));
  expect(split).toBeLessThan(1e-4);
});

it("is needed: the fast kernel by itself is a hundred times further off", async () => {
  const alone = await errorOf(4, 32, (graph, x, { packed, scales, zeros, bits, blockSize }) =>
    graph.op("MatMulNBits", [x, packed, scales, zeros], { inputs: WIDTH, outputs: OUTPUTS, bits, blockSize, accuracy: "int8" }),
  );
  // Where the processor has no such kernel it computes in float32, and nothing is lost either way.
  expect(alone > 5e-4 || alone < 1e-5, String(alone)).toBe(true);
});
