// The GRPO / RAIF loss of token log-probabilities as graph nodes. All normalisation and coefficients come in as per-token
// weights (loss-weights.ts), so this is the same graph for every aggregation. Method: clipped PPO ratio, KL in the loss,
// cross-entropy of expert tokens.

import type { Graph, Value } from "../onnx/graph.ts";
import { float32 } from "../tensor/tensor.ts";
import type { LossShape } from "./policy-model.ts";

/** All float32 [M] but where said; M is the number of response tokens of the micro-batch. */
export interface LossInputs {
  readonly advantages: Value;
  readonly oldLogProbs: Value;
  /** 1 where oldLogProbs is given, 0 = on-policy. */
  readonly hasOld: Value;
  readonly refLogProbs: Value;
  readonly hasRef: Value;
  readonly policyWeights: Value;
  readonly klWeights: Value;
  readonly cloningWeights: Value;
  /** Sequence-level ratio only: int64 [M], which sample a token belongs to. */
  readonly sampleIndex: Value;
  /** Sequence-level ratio only: [S], 1 / number of the sample's policy tokens. */
  readonly inverseLengths: Value;
}

export interface LossTerms {
  readonly loss: Value;
  readonly policyLoss: Value;
  readonly kl: Value;
  readonly cloningLoss: Value;
}

export function declareLossInputs(graph: Graph): LossInputs {
  const perToken = (name: string) => graph.input(name, "float32", ["M"]);
  return {
    advantages: perToken("advantages"),
    oldLogProbs: perToken("oldLogProbs"),
    hasOld: perToken("hasOld"),
    refLogProbs: perToken("refLogProbs"),
    hasRef: perToken("hasRef"),
    policyWeights: perToken("policyWeights"),
    klWeights: perToken("klWeights"),
    cloningWeights: perToken("cloningWeights"),
    sampleIndex: graph.input("sampleIndex", "int64", ["M"]),
    inverseLengths: graph.input("inverseLengths", "float32", ["S"]),
  };
}

/** Scalars: total = sum of the three weighted sums. `logProbs` [M] carries the gradient. */
export function lossTerms(graph: Graph, logProbs: Value, inputs: LossInputs, shape: LossShape): LossTerms {
  const sum = (value: Value) => graph.op("ReduceSum", [value], { axes: [0], keepDims: false });
  const mul = (a: Value, b: Value) => graph.op("Mul", [a, b], {});
  const policyLoss = graph.scoped("policy", () => sum(mul(policyTerm(graph, logProbs, inputs, shape), inputs.policyWeights)));
  const kl = graph.scoped("kl", () => sum(mul(klTerm(graph, logProbs, inputs, shape), inputs.klWeights)));
  const cloningLoss = graph.scoped("cloning", () => graph.op("Neg", [sum(mul(logProbs, inputs.cloningWeights))], {}));
  const loss = graph.op("Add", [graph.op("Add", [policyLoss, kl], {}), cloningLoss], {});
  return { loss, policyLoss, kl, cloningLoss };
}

/** -min(r A, clip(r, 1 - low, 1 + high) A) with r = exp(logp - old), per token or the sample's geometric mean (GSPO). */
function policyTerm(graph: Graph, logProbs: Value, inputs: LossInputs, shape: LossShape): Value {
  const mul = (a: Value, b: Value) => graph.op("Mul", [a, b], {});
  const sub = (a: Value, b: Value) => graph.op("Sub", [a, b], {});
  const current = graph.detached(() => graph.op("Identity", [logProbs], {}));
  const offPolicy = graph.op("Greater", [inputs.hasOld, graph.scalar(0.5)], {});
  const old = graph.op("Where", [offPolicy, inputs.oldLogProbs, current], {});
  let logRatio = sub(logProbs, old);
  if (shape.importanceLevel === "sequence") {
    const counted = graph.op("Greater", [graph.op("Abs", [inputs.policyWeights], {}), graph.scalar(0)], {});
    const masked = graph.op("Where", [counted, logRatio, graph.scalar(0)], {});
    const zeros = graph.op("Expand", [graph.constant(float32([1], [0]))], { shape: inputs.inverseLengths.shape });
    const index = graph.reshape(inputs.sampleIndex, ["M", 1]);
    const means = mul(graph.op("ScatterND", [zeros, index, masked], { reduction: "add" }), inputs.inverseLengths);
    logRatio = graph.op("Gather", [means, inputs.sampleIndex], { axis: 0 });
  }
  const ratio = graph.op("Exp", [logRatio], {});
  const clipped = graph.op("Clip", [ratio], { min: 1 - shape.epsilonLow, max: 1 + shape.epsilonHigh });
  return graph.op("Neg", [graph.op("Min", [mul(ratio, inputs.advantages), mul(clipped, inputs.advantages)], {})], {});
}

/** With d = logp_ref - logp: k1 = -d, k2 = d^2 / 2, k3 = e^d - 1 - d. 0 where no reference is given. */
function klTerm(graph: Graph, logProbs: Value, inputs: LossInputs, shape: LossShape): Value {
  const given = graph.op("Greater", [inputs.hasRef, graph.scalar(0.5)], {});
  const difference = graph.op("Where", [given, graph.op("Sub", [inputs.refLogProbs, logProbs], {}), graph.scalar(0)], {});
  if (shape.klEstimator === "k1") return graph.op("Neg", [difference], {});
  if (shape.klEstimator === "k2") return graph.op("Mul", [graph.op("Mul", [difference, difference], {}), graph.scalar(0.5)], {});
  const exponential = graph.op("Exp", [difference], {});
  return graph.op("Sub", [graph.op("Sub", [exponential, graph.scalar(1)], {}), difference], {});
}
