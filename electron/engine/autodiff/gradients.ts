// Reverse-mode differentiation: walks a graph's tape backwards and emits the nodes of the backward pass into the same graph.
// What each op contributes is in vjp-rules/; this file only routes and sums.

import { float32 } from "../tensor/tensor.ts";
import type { Graph, TapeEntry, Value } from "../onnx/graph.ts";
import { VJP_RULES, type AnyVjpRule } from "./vjp-rules/table.ts";

/**
 * Gradients of the scalar `loss` with respect to each of `parameters`, in order. Throws when the loss does not depend on one
 * of them or a path to it runs through an op without a derivative.
 */
export function gradients(graph: Graph, loss: Value, parameters: readonly Value[]): Value[] {
  if (loss.shape.length !== 0) throw new Error(`loss must be a scalar, got shape [${loss.shape.join(", ")}]`);
  const tape = [...graph.tape];
  const sums = graph.detached(() =>
    graph.scoped("grad", () => backpropagate(graph, tape, loss, graph.constant(float32([], [1])), parameters)),
  );
  return parameters.map((parameter) => {
    const gradient = sums.get(parameter);
    if (gradient === undefined) throw new Error(`loss does not depend on ${parameter.name}`);
    return gradient;
  });
}

/**
 * Emits the backward pass of a tape whose `output` has the gradient `seed`; gives the gradients that reached `parameters` and
 * everything between. Call it detached.
 */
export function backpropagate(
  graph: Graph,
  tape: readonly TapeEntry[],
  output: Value,
  seed: Value,
  parameters: readonly Value[],
): ReadonlyMap<Value, Value> {
  const active = reachable(tape, parameters);
  const sums = new Map<Value, Value>([[output, seed]]);
  for (const entry of tape.toReversed()) {
    const outputs = outputsOf(entry);
    const incoming = outputs.map((value) => sums.get(value));
    if (incoming.every((gradient) => gradient === undefined)) continue;
    const inputs = inputsOf(entry);
    if (!inputs.some((input) => active.has(input))) continue;
    const contributions = derive(graph, entry, incoming, (input) => active.has(input));
    inputs.forEach((input, i) => {
      const contribution = contributions[i];
      if (contribution === undefined || !active.has(input)) return;
      const sum = sums.get(input);
      sums.set(input, sum === undefined ? contribution : graph.op("Add", [sum, contribution], {}));
    });
  }
  return sums;
}

export function inputsOf(entry: TapeEntry): readonly Value[] {
  return entry.type === "op" ? entry.tensorInputs : entry.inputs;
}

export function outputsOf(entry: TapeEntry): readonly Value[] {
  return entry.type === "op" ? entry.node.outputs : entry.outputs;
}

function derive(
  graph: Graph,
  entry: TapeEntry,
  incoming: readonly (Value | undefined)[],
  wanted: (input: Value) => boolean,
): readonly (Value | undefined)[] {
  if (entry.type === "composite") return entry.vjp(incoming, wanted);
  const rule = VJP_RULES[entry.node.op] as AnyVjpRule | "notDifferentiable";
  if (rule === "notDifferentiable") throw new Error(`${entry.node.name}: ${entry.node.op} has no derivative`);
  return rule({
    graph,
    inputs: entry.tensorInputs,
    outputs: entry.node.outputs,
    gradients: incoming,
    params: entry.node.params,
    wanted: (index) => wanted(entry.tensorInputs[index] as Value),
  });
}

/** Values that depend on a parameter: only these need gradients. */
function reachable(tape: readonly TapeEntry[], parameters: readonly Value[]): ReadonlySet<Value> {
  const active = new Set<Value>(parameters);
  for (const entry of tape) {
    if (inputsOf(entry).some((input) => active.has(input))) for (const output of outputsOf(entry)) active.add(output);
  }
  return active;
}
