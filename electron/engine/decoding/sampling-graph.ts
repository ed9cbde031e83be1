// Draws tokens from rows of logits as a graph, so that only ids and log-probabilities leave a device. Gumbel-max (Gumbel 1954;
// Maddison et al. 2014, section 2): the token with the largest logit / temperature + noise is a draw from the softmax, exactly.
// The noise is hashed from two random keys a row and the token's number; top-k and top-p cut by a threshold found by bisection.
// Dimensions: L rows of logits, R rows to draw, V vocabulary.

import { Graph, type Value } from "../onnx/graph.ts";
import { Random } from "../tensor/random.ts";
import { float32, int32 } from "../tensor/tensor.ts";

export interface SamplingKind {
  /** False: the likeliest token, ties to the lowest id, and log-probabilities at temperature 1. */
  readonly random: boolean;
  readonly topK: boolean;
  readonly topP: boolean;
}

/** Halvings of the range of logits in which a threshold lies: to the precision of float32 at 64 below the largest. */
const BISECTIONS = 30;
/** Tokens this far below the likeliest, in nats, are never kept by a cut. */
const RANGE = 64;
/** Stand-in for a logit of minus infinity, which would make 0 times infinity of it. */
const NEVER = -1e30;
/** Rounds of mixing: h = h factor, then h = h + h / divisor, in wrapping int32. */
const ROUNDS = [
  [0x2c1b3c6d, 1 << 15],
  [0x297a2d39, 1 << 12],
  [0x1b56c4e9, 1 << 16],
] as const;

export interface SamplingGraph {
  readonly graph: Graph;
  /** Name of the output of ids. */
  readonly ids: string;
}

/**
 * Inputs: logits [L, V], rows int64 [R] (which row of logits), inverseTemperature, and where the kind asks: keyA and keyB int32
 * [R, 1], topK (a number of tokens) and topP as scalars. Outputs: int64 ids [R, 1] and logProbs [R, 1], those before any cut.
 */
export function samplingGraph(vocabularySize: number, kind: SamplingKind): SamplingGraph {
  const graph = new Graph("sampling", { onDevice: true });
  const logits = graph.input("logits", "float32", ["L", vocabularySize]);
  const rows = graph.op("Gather", [logits, graph.input("rows", "int64", ["R"])], { axis: 0 });
  const scaled = kind.random ? graph.op("Mul", [rows, graph.input("inverseTemperature", "float32", [])], {}) : rows;
  const shifted = graph.op("Sub", [scaled, graph.op("ReduceMax", [scaled], { axes: [-1], keepDims: true })], {});
  const weights = graph.op("Exp", [shifted], {});
  const mass = sum(graph, weights);
  let scores = shifted;
  if (kind.random) {
    let kept = shifted;
    let keptMass = mass;
    const cut = (wanted: Value, amount: Value): void => {
      const threshold = graph.scoped("cut", () => thresholdReaching(graph, kept, amount, wanted));
      const inside = graph.op("GreaterOrEqual", [kept, threshold], {});
      kept = graph.op("Where", [inside, kept, graph.scalar(NEVER)], {});
      keptMass = sum(graph, graph.op("Exp", [kept], {}));
    };
    if (kind.topK) {
      const one = graph.op("Expand", [graph.constant(float32([1, 1], [1]))], { shape: ["R", vocabularySize] });
      cut(graph.input("topK", "float32", []), one);
    }
    if (kind.topP) cut(graph.op("Mul", [keptMass, graph.input("topP", "float32", [])], {}), weights);
    scores = graph.op("Add", [kept, graph.scoped("noise", () => gumbelNoise(graph, vocabularySize))], {});
  }
  const ids = graph.op("ArgMax", [scores], { axis: -1, keepDims: true });
  const logProbs = graph.op("Sub", [graph.op("GatherElements", [shifted, ids], { axis: 1 }), graph.op("Log", [mass], {})], {});
  // Under its own name: renaming takes an Identity, for which WebGPU has no int64 kernel.
  graph.outputs.push(ids);
  graph.output(logProbs, "logProbs");
  return { graph, ids: ids.name };
}

function sum(graph: Graph, value: Value): Value {
  return graph.op("ReduceSum", [value], { axes: [-1], keepDims: true });
}

/** The largest threshold [R, 1] for which the amounts of all tokens at or above it still sum to what is wanted. */
function thresholdReaching(graph: Graph, values: Value, amounts: Value, wanted: Value): Value {
  const half = (low: Value, high: Value) => graph.op("Mul", [graph.op("Add", [low, high], {}), graph.scalar(0.5)], {});
  const zero = graph.scalar(0);
  let low = graph.op("Expand", [graph.constant(float32([1, 1], [-RANGE]))], { shape: ["R", 1] });
  let high = graph.op("Expand", [graph.constant(float32([1, 1], [1e-6]))], { shape: ["R", 1] });
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = half(low, high);
    const inside = graph.op("Where", [graph.op("GreaterOrEqual", [values, middle], {}), amounts, zero], {});
    const reached = graph.op("GreaterOrEqual", [sum(graph, inside), wanted], {});
    low = graph.op("Where", [reached, middle, low], {});
    high = graph.op("Where", [reached, high, middle], {});
  }
  return low;
}

/** -log(E) with E exponential, [R, V]: E = -log(1 - u) for u uniform, with full precision where u is small, because that wins. */
function gumbelNoise(graph: Graph, vocabularySize: number): Value {
  const u = uniformNoise(graph, vocabularySize);
  const mul = (a: Value, b: Value) => graph.op("Mul", [a, b], {});
  const add = (a: Value, b: Value) => graph.op("Add", [a, b], {});
  const series = mul(
    u,
    add(graph.scalar(1), mul(u, add(graph.scalar(1 / 2), mul(u, add(graph.scalar(1 / 3), mul(u, graph.scalar(1 / 4))))))),
  );
  const logarithm = graph.op("Neg", [graph.op("Log", [graph.op("Sub", [graph.scalar(1), u], {})], {})], {});
  const small = graph.op("Less", [u, graph.scalar(0.01)], {});
  const exponential = graph.op("Where", [small, series, logarithm], {});
  return graph.op("Neg", [graph.op("Log", [exponential], {})], {});
}

/** In (0, 1) in steps of 2^-31, [R, V]. */
function uniformNoise(graph: Graph, vocabularySize: number): Value {
  const keyA = graph.input("keyA", "int32", ["R", 1]);
  const keyB = graph.input("keyB", "int32", ["R", 1]);
  const number = (value: number) => graph.constant(int32([], [value]));
  const mul = (a: Value, b: Value) => graph.op("Mul", [a, b], {});
  const add = (a: Value, b: Value) => graph.op("Add", [a, b], {});
  // An odd factor loses nothing; the tokens' own numbers are random, so that neighbours do not resemble each other.
  const odd = add(mul(keyA, number(2)), number(1));
  let hash = add(mul(graph.initializer("tokens", tokenNumbers(vocabularySize)), odd), keyB);
  for (const [factor, divisor] of ROUNDS) {
    const multiplied = mul(hash, number(factor));
    hash = add(multiplied, graph.op("Div", [multiplied, number(divisor)], {}));
  }
  const magnitude = graph.op("Abs", [graph.op("Cast", [hash], { to: "float32" })], {});
  return mul(add(magnitude, graph.scalar(0.5)), graph.scalar(2 ** -31));
}

function tokenNumbers(vocabularySize: number) {
  const random = new Random(0x6b8b4567);
  return int32(
    [1, vocabularySize],
    Int32Array.from({ length: vocabularySize }, () => random.uint32() | 0),
  );
}
