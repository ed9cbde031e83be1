// Activation checkpointing (Chen et al. 2016, arXiv 1604.06174): a part of a graph whose inside is not kept for the backward pass
// but computed again there, from its input. Costs one more forward pass of the part, saves everything but its input and output.

import type { Graph, TapeEntry, Value } from "../onnx/graph.ts";
import { backpropagate, inputsOf, outputsOf } from "./gradients.ts";

/**
 * body(x), with x and the result [rows, columns]. `body` is called again for the backward pass; it must emit the same nodes each
 * time and may use other values of the graph, whose gradients are found, too.
 */
export function recomputed(graph: Graph, x: Value, body: (x: Value) => Value): Value {
  const { tape, output } = taped(graph, () => body(x));
  const made = new Set(tape.flatMap(outputsOf));
  const inputs = [...new Set([x, ...tape.flatMap(inputsOf)])].filter((value) => !made.has(value));
  graph.tape.push({
    type: "composite",
    inputs,
    outputs: [output],
    vjp: ([g], wanted) => {
      if (g === undefined) return inputs.map(() => undefined);
      // The runtime would otherwise find the second forward pass equal to the first, keep that, or run both at once.
      const again = after(graph, x, [g]);
      const rebuilt = taped(graph, () => body(again));
      const parameters = inputs.filter((input) => input !== x && wanted(input));
      const sums = backpropagate(graph, rebuilt.tape, rebuilt.output, g, wanted(x) ? [again, ...parameters] : parameters);
      const gradients = parameters.flatMap((parameter) => sums.get(parameter) ?? []);
      const dx = sums.get(again);
      return inputs.map((input) => {
        if (input !== x) return sums.get(input);
        // What the part's parameters need is freed before the walk goes on.
        return dx === undefined ? undefined : after(graph, dx, gradients);
      });
    },
  });
  return output;
}

function taped(graph: Graph, emit: () => Value): { readonly tape: readonly TapeEntry[]; readonly output: Value } {
  const outer = graph.tape;
  graph.tape = [];
  try {
    const output = emit();
    return { tape: graph.tape, output };
  } finally {
    graph.tape = outer;
  }
}

/** The same value, which cannot be had before the others: it gains zero times an element of each. */
function after(graph: Graph, value: Value, others: readonly Value[]): Value {
  if (others.length === 0) return value;
  const corner = (other: Value): Value => {
    let part = other;
    for (let axis = 0; axis < other.shape.length; axis++) part = graph.op("Slice", [part], { axis, start: 0, end: 1 });
    return graph.reshape(part, []);
  };
  const sum = others.map(corner).reduce((a, b) => graph.op("Add", [a, b], {}));
  return graph.op("Add", [value, graph.op("Mul", [sum, graph.scalar(0)], {})], {});
}
