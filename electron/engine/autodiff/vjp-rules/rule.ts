// The form of a derivative rule and what rules share: undoing a broadcast.

import type { Graph, Value } from "../../onnx/graph.ts";
import { sameShape, type Shape } from "../../onnx/dims.ts";

export interface VjpContext<P> {
  readonly graph: Graph;
  /** Tensor inputs of the op (constants such as axes are in `params`). */
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Gradient per output; undefined where none arrived. */
  readonly gradients: readonly (Value | undefined)[];
  readonly params: P;
  /** Whether the gradient of an input is needed at all. */
  readonly wanted: (input: number) => boolean;
}

export type VjpRule<P> = (context: VjpContext<P>) => readonly (Value | undefined)[];

export function input(context: VjpContext<unknown>, index: number): Value {
  const value = context.inputs[index];
  if (value === undefined) throw new Error(`missing input ${index}`);
  return value;
}

/** The gradient of output 0, which a rule is only called with. */
export function incoming(context: VjpContext<unknown>): Value {
  const value = context.gradients[0];
  if (value === undefined) throw new Error("no gradient for the first output");
  return value;
}

/** Sums a gradient over the axes that broadcasting added or stretched, back to `shape`. */
export function unbroadcast(graph: Graph, gradient: Value, shape: Shape): Value {
  if (sameShape(gradient.shape, shape)) return gradient;
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((dim, i) => (i < extra || (shape[i - extra] === 1 && dim !== 1) ? [i] : []));
  const summed = axes.length > 0 ? graph.op("ReduceSum", [gradient], { axes, keepDims: true }) : gradient;
  return sameShape(summed.shape, shape) ? summed : graph.reshape(summed, shape);
}

/** One wanted input's gradient, brought back to that input's shape. */
export function contribute(context: VjpContext<unknown>, index: number, make: () => Value): Value | undefined {
  return context.wanted(index) ? unbroadcast(context.graph, make(), input(context, index).shape) : undefined;
}
