// Derivatives of ops that act element by element (with broadcasting).

import type { OpParams } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/graph.ts";
import { contribute, incoming, input, type VjpContext, type VjpRule } from "./rule.ts";

type ElementwiseOp =
  | "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Max" | "Min" | "Neg" | "Abs" | "Sqrt" | "Exp" | "Log" | "Reciprocal" | "Sigmoid"
  | "Tanh" | "Softplus" | "Cos" | "Sin" | "Erf" | "Identity" | "Where" | "Clip" | "Cast" | "QuickGelu"; // prettier-ignore

/** A one-input rule given as dx from (g, x, y). */
function unary(derivative: (c: VjpContext<unknown>, g: Value, x: Value, y: Value) => Value): VjpRule<unknown> {
  return (c) => [contribute(c, 0, () => derivative(c, incoming(c), input(c, 0), c.outputs[0] as Value))];
}

const mul = (c: VjpContext<unknown>, a: Value, b: Value) => c.graph.op("Mul", [a, b], {});
const sub = (c: VjpContext<unknown>, a: Value, b: Value) => c.graph.op("Sub", [a, b], {});
const div = (c: VjpContext<unknown>, a: Value, b: Value) => c.graph.op("Div", [a, b], {});
const neg = (c: VjpContext<unknown>, a: Value) => c.graph.op("Neg", [a], {});
const scalar = (c: VjpContext<unknown>, value: number) => c.graph.scalar(value);
/** g where the condition holds, else 0. */
const mask = (c: VjpContext<unknown>, condition: Value, g: Value) => c.graph.op("Where", [condition, g, scalar(c, 0)], {});

export const ELEMENTWISE_RULES: { readonly [K in ElementwiseOp]: VjpRule<OpParams[K]> } = {
  // y = a + b: da = g, db = g
  Add: (c) => [contribute(c, 0, () => incoming(c)), contribute(c, 1, () => incoming(c))],
  // y = a - b: da = g, db = -g
  Sub: (c) => [contribute(c, 0, () => incoming(c)), contribute(c, 1, () => neg(c, incoming(c)))],
  // y = a b: da = g b, db = g a
  Mul: (c) => [contribute(c, 0, () => mul(c, incoming(c), input(c, 1))), contribute(c, 1, () => mul(c, incoming(c), input(c, 0)))],
  // y = a / b: da = g / b, db = -g y / b
  Div: (c) => [
    contribute(c, 0, () => div(c, incoming(c), input(c, 1))),
    contribute(c, 1, () => neg(c, div(c, mul(c, incoming(c), c.outputs[0] as Value), input(c, 1)))),
  ],
  // y = a^b: da = g b a^(b-1), db = g y ln a
  Pow: (c) => [
    contribute(c, 0, () => {
      const [a, b] = [input(c, 0), input(c, 1)];
      return mul(c, incoming(c), mul(c, b, c.graph.op("Pow", [a, sub(c, b, scalar(c, 1))], {})));
    }),
    contribute(c, 1, () => mul(c, incoming(c), mul(c, c.outputs[0] as Value, c.graph.op("Log", [input(c, 0)], {})))),
  ],
  // y = max(a, b): g goes to the larger; to a on a tie
  Max: (c) => [
    contribute(c, 0, () => mask(c, c.graph.op("GreaterOrEqual", [input(c, 0), input(c, 1)], {}), incoming(c))),
    contribute(c, 1, () => mask(c, c.graph.op("Less", [input(c, 0), input(c, 1)], {}), incoming(c))),
  ],
  // y = min(a, b): g goes to the smaller; to a on a tie
  Min: (c) => [
    contribute(c, 0, () => mask(c, c.graph.op("LessOrEqual", [input(c, 0), input(c, 1)], {}), incoming(c))),
    contribute(c, 1, () => mask(c, c.graph.op("Greater", [input(c, 0), input(c, 1)], {}), incoming(c))),
  ],
  // y = -x: dx = -g
  Neg: unary((c, g) => neg(c, g)),
  // y = |x|: dx = g where x >= 0, -g elsewhere
  Abs: unary((c, g, x) => c.graph.op("Where", [c.graph.op("GreaterOrEqual", [x, scalar(c, 0)], {}), g, neg(c, g)], {})),
  // y = sqrt x: dx = g / (2 y)
  Sqrt: unary((c, g, _x, y) => div(c, g, mul(c, scalar(c, 2), y))),
  // y = e^x: dx = g y
  Exp: unary((c, g, _x, y) => mul(c, g, y)),
  // y = ln x: dx = g / x
  Log: unary((c, g, x) => div(c, g, x)),
  // y = 1/x: dx = -g y^2
  Reciprocal: unary((c, g, _x, y) => neg(c, mul(c, g, mul(c, y, y)))),
  // y = 1 / (1 + e^-x): dx = g y (1 - y)
  Sigmoid: unary((c, g, _x, y) => mul(c, g, mul(c, y, sub(c, scalar(c, 1), y)))),
  // y = tanh x: dx = g (1 - y^2)
  Tanh: unary((c, g, _x, y) => mul(c, g, sub(c, scalar(c, 1), mul(c, y, y)))),
  // y = ln(1 + e^x): dx = g sigmoid(x)
  Softplus: unary((c, g, x) => mul(c, g, c.graph.op("Sigmoid", [x], {}))),
  // y = cos x: dx = -g sin x
  Cos: unary((c, g, x) => neg(c, mul(c, g, c.graph.op("Sin", [x], {})))),
  // y = sin x: dx = g cos x
  Sin: unary((c, g, x) => mul(c, g, c.graph.op("Cos", [x], {}))),
  // y = erf x: dx = g 2/sqrt(pi) e^(-x^2)
  Erf: unary((c, g, x) => mul(c, g, mul(c, scalar(c, 2 / Math.sqrt(Math.PI)), c.graph.op("Exp", [neg(c, mul(c, x, x))], {})))),
  // y = x: dx = g
  Identity: unary((_c, g) => g),
  // y = condition ? a : b: da = g where condition, db = g elsewhere
  Where: (c) => [
    undefined,
    contribute(c, 1, () => mask(c, input(c, 0), incoming(c))),
    contribute(c, 2, () => mask(c, c.graph.op("Not", [input(c, 0)], {}), incoming(c))),
  ],
  // y = min(max(x, lo), hi): dx = g inside [lo, hi], 0 outside
  Clip: (c) => [
    contribute(c, 0, () => {
      const above = c.graph.op("GreaterOrEqual", [input(c, 0), scalar(c, c.params.min)], {});
      const below = c.graph.op("LessOrEqual", [input(c, 0), scalar(c, c.params.max)], {});
      return mask(c, c.graph.op("And", [above, below], {}), incoming(c));
    }),
  ],
  // y = cast x between float types: dx = cast g back
  Cast: (c) => [contribute(c, 0, () => c.graph.op("Cast", [incoming(c)], { to: input(c, 0).dtype }))],
  // y = x s, s = sigmoid(alpha x): dx = g s (1 + alpha x (1 - s)) = g (s + alpha y (1 - s))
  QuickGelu: (c) => [
    contribute(c, 0, () => {
      const scaled = c.params.alpha === 1 ? input(c, 0) : mul(c, scalar(c, c.params.alpha), input(c, 0));
      const s = c.graph.op("Sigmoid", [scaled], {});
      const y = c.params.alpha === 1 ? (c.outputs[0] as Value) : mul(c, scalar(c, c.params.alpha), c.outputs[0] as Value);
      return mul(c, incoming(c), c.graph.op("Add", [s, mul(c, y, sub(c, scalar(c, 1), s))], {}));
    }),
  ],
};
