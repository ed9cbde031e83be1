import { expect, it } from "vitest";
import { Graph } from "./graph.ts";
import { peakIntermediateBytes } from "./peak-memory.ts";

const sizes = { N: 10 };

/** Of [N, 3] float32 values. */
const VALUE = 10 * 3 * 4;

it("counts what is alive at once: branches together, a chain in place, views not at all", () => {
  const graph = new Graph("chain");
  const x = graph.input("x", "float32", ["N", 3]);
  const chain = graph.reshape(graph.op("Exp", [graph.op("Neg", [x], {})], {}), ["3*N"]);
  graph.output(chain, "y");
  expect(peakIntermediateBytes(graph, sizes)).toBe(VALUE);

  const branching = new Graph("branches");
  const z = branching.input("z", "float32", ["N", 3]);
  const [a, b] = [branching.op("Exp", [z], {}), branching.op("Neg", [z], {})];
  const both = branching.op("Concat", [a, b], { axis: 0 });
  branching.output(branching.op("ReduceSum", [both], { axes: [0], keepDims: false }), "y");
  // Both halves and their concatenation.
  expect(peakIntermediateBytes(branching, sizes)).toBe(4 * VALUE);
});

it("keeps a value for as long as somebody reads it, and outputs to the end", () => {
  const graph = new Graph("skip");
  const x = graph.input("x", "float32", ["N", 3]);
  const early = graph.op("Exp", [x], {});
  const later = graph.op("Transpose", [graph.op("Transpose", [early], { perm: [1, 0] })], { perm: [1, 0] });
  graph.output(graph.op("Concat", [early, later], { axis: 1 }), "y");
  expect(peakIntermediateBytes(graph, sizes)).toBe(4 * VALUE);
});

it("wants a size for every symbol", () => {
  const graph = new Graph("symbols");
  graph.output(graph.op("Exp", [graph.input("x", "float32", ["T"])], {}), "y");
  expect(() => peakIntermediateBytes(graph, {})).toThrow("no size for T");
});
