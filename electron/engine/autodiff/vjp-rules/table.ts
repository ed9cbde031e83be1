// The derivative table: for every op of the op table its vector-Jacobian product, or the statement that it has none. y is the
// op's output, g the gradient of the loss with respect to y. Each rule's comment is its equation.

import type { Value } from "../../onnx/graph.ts";
import type { OpName, OpParams } from "../../onnx/ops.ts";
import { ELEMENTWISE_RULES } from "./elementwise.ts";
import { LINEAR_RULES } from "./linear.ts";
import { MOVEMENT_RULES } from "./movement.ts";
import { REDUCTION_RULES } from "./reduction.ts";
import type { VjpContext, VjpRule } from "./rule.ts";

const NOT_DIFFERENTIABLE = "notDifferentiable" as const;

export type AnyVjpRule = (context: VjpContext<unknown>) => readonly (Value | undefined)[];

export const VJP_RULES: { readonly [K in OpName]: VjpRule<OpParams[K]> | typeof NOT_DIFFERENTIABLE } = {
  ...ELEMENTWISE_RULES,
  ...LINEAR_RULES,
  ...MOVEMENT_RULES,
  ...REDUCTION_RULES,
  // Its derivative is 0 almost everywhere; nothing here needs one.
  Floor: NOT_DIFFERENTIABLE,
  Not: NOT_DIFFERENTIABLE,
  And: NOT_DIFFERENTIABLE,
  Equal: NOT_DIFFERENTIABLE,
  Less: NOT_DIFFERENTIABLE,
  LessOrEqual: NOT_DIFFERENTIABLE,
  Greater: NOT_DIFFERENTIABLE,
  GreaterOrEqual: NOT_DIFFERENTIABLE,
  ArgMax: NOT_DIFFERENTIABLE,
  // Inference-only fusions: training graphs use the unfused forms.
  SkipSimplifiedLayerNormalization: NOT_DIFFERENTIABLE,
  FusedMatMul: NOT_DIFFERENTIABLE,
  // Parts of a composite with its own derivative (model/quantised-linear.ts).
  MatMulNBits: NOT_DIFFERENTIABLE,
  DequantizeLinear: NOT_DIFFERENTIABLE,
  BitwiseAnd: NOT_DIFFERENTIABLE,
  BitShift: NOT_DIFFERENTIABLE,
  // Written by derivatives only.
  GatedAdd: NOT_DIFFERENTIABLE,
  GroupQueryAttention: NOT_DIFFERENTIABLE,
};
