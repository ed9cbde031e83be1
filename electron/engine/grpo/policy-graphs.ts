// The three graphs of a trainable policy: loss with gradients, log-probabilities only, and AdamW. All weights are graph inputs
// (passed by pointer, so the host's copy is the only one); see onnx-policy.ts for who runs them.

import { gradients } from "../autodiff/gradients.ts";
import { attentionInBlocks } from "../model/attention-blocks.ts";
import type { DecoderConfig } from "../model/config.ts";
import { parameterShapes } from "../model/config.ts";
import {
  attentionWithin,
  declareDecoderInputs,
  declareDecoderTokens,
  decoderHidden,
  headWeightName,
  plainLinear,
  type Attend,
  type DecoderTokens,
  type LinearLayer,
  type MatrixSource,
  type WeightSource,
} from "../model/decoder.ts";
import { frozenTokenLogProbs } from "../model/frozen-log-probs.ts";
import { weightInput, type MatrixFormat, type WeightValue } from "../model/quantised-linear.ts";
import { tokenLogProbs, type LogProbs } from "../model/log-probs.ts";
import { adaptedLayers, loraLinear, type LoraConfig } from "../model/lora.ts";
import { product } from "../onnx/dims.ts";
import { Graph, type Value } from "../onnx/graph.ts";
import { declareLossInputs, lossTerms } from "./loss-graph.ts";
import type { LossShape } from "./policy-model.ts";

export interface PolicyGraphOptions {
  readonly config: DecoderConfig;
  readonly lora?: LoraConfig;
  /** Longest sequence the rotary tables cover. */
  readonly maxPositions: number;
  readonly vocabularyChunk: number;
  /** Keep only the input of each layer for the backward pass and compute the rest again. */
  readonly activationCheckpointing?: boolean;
  /** Matrices of the base that are in blocks or in float16; only under an adapter. */
  readonly quantised?: ReadonlyMap<string, MatrixFormat>;
  /** Attention in blocks, with the feeds of packInBlocks; else in rows, with those of packFeeds. */
  readonly inBlocks?: boolean;
  /** For devices: shapes come from the host, so that no node needs the CPU. */
  readonly onDevice?: boolean;
}

/** Shapes of what is trained, by name: the adapter's tensors, or every parameter. */
export function trainableShapes(config: DecoderConfig, lora?: LoraConfig): Map<string, readonly number[]> {
  const all = parameterShapes(config);
  if (lora === undefined) return all;
  const shapes = new Map<string, readonly number[]>();
  for (const layer of adaptedLayers(config, lora)) {
    const [outSize, inSize] = all.get(`${layer}.weight`) as [number, number];
    shapes.set(`${layer}.lora_A.weight`, [lora.rank, inSize]);
    shapes.set(`${layer}.lora_B.weight`, [outSize, lora.rank]);
  }
  return shapes;
}

function declareWeights(graph: Graph, shapes: Iterable<readonly [string, readonly number[]]>): Map<string, Value> {
  const weights = new Map<string, Value>();
  for (const [name, shape] of shapes) weights.set(name, graph.input(name, "float32", shape));
  return weights;
}

function source(weights: ReadonlyMap<string, Value>): WeightSource {
  return (name) => {
    const value = weights.get(name);
    if (value === undefined) throw new Error(`no weight ${name}`);
    return value;
  };
}

function declareTokens(
  graph: Graph,
  { config, inBlocks }: PolicyGraphOptions,
): { readonly inputs: DecoderTokens; readonly attend: Attend } {
  if (inBlocks !== true) {
    const inputs = declareDecoderInputs(graph);
    return { inputs, attend: attentionWithin(graph, config, inputs) };
  }
  const inputs = declareDecoderTokens(graph);
  return { inputs, attend: attentionInBlocks(graph, config, product(inputs.ids.shape)) };
}

interface Scored {
  readonly scored: LogProbs;
  readonly weights: ReadonlyMap<string, Value>;
}

function declareScoring(graph: Graph, options: PolicyGraphOptions, adapter: boolean, training: boolean): Scored {
  const { config, lora } = options;
  const { inputs, attend } = declareTokens(graph, options);
  const scoredRows = graph.input("scoredRows", "int64", ["M"]);
  const targets = graph.input("targets", "int64", ["M"]);
  const inverseTemperature = graph.input("inverseTemperature", "float32", []);
  const formats = options.quantised ?? new Map<string, MatrixFormat>();
  const shapes = [...parameterShapes(config)];
  const matrices = new Map<string, WeightValue>();
  for (const [name, shape] of shapes) {
    const format = formats.get(name);
    if (format !== undefined) matrices.set(name, weightInput(graph, name, shape, format));
  }
  const weights = declareWeights(
    graph,
    shapes.filter(([name]) => !formats.has(name)),
  );
  const useAdapter = adapter && lora !== undefined;
  if (useAdapter) for (const [name, value] of declareWeights(graph, trainableShapes(config, lora))) weights.set(name, value);
  const tokenKeys = training && useAdapter && lora.dropout > 0 ? graph.input("tokenKeys", "float32", ["B*T", 1]) : undefined;
  const weight = source(weights);
  const matrix: MatrixSource = (name) => matrices.get(name) ?? weight(name);
  const linear: LinearLayer = useAdapter
    ? loraLinear(graph, config, lora, weight, tokenKeys === undefined ? undefined : { tokenKeys }, matrix)
    : plainLinear(graph, weight, matrix);
  // Dropout's masks are of all tokens.
  const isEarly = tokenKeys === undefined;
  const hidden = decoderHidden(graph, config, weight, linear, inputs, attend, {
    maxPositions: options.maxPositions,
    recompute: training && options.activationCheckpointing === true,
    ...(isEarly ? { rows: scoredRows } : {}),
  });
  const rows = isEarly ? hidden : graph.op("Gather", [hidden, scoredRows], { axis: 0 });
  const head = weight(headWeightName(config));
  const chunks = { chunkSize: options.vocabularyChunk, inverseTemperature };
  const scored = graph.scoped("head", () =>
    training && useAdapter
      ? frozenTokenLogProbs(graph, rows, head, targets, chunks)
      : tokenLogProbs(graph, rows, head, targets, { ...chunks, entropy: training }),
  );
  return { scored, weights };
}

/** Outputs logProbs, entropy [M], the four loss scalars, and "grad/<name>" for every trained tensor. */
export function lossAndGradientGraph(options: PolicyGraphOptions, shape: LossShape): Graph {
  const graph = new Graph("loss-and-gradients", { onDevice: options.onDevice ?? false });
  const { scored, weights } = declareScoring(graph, options, true, true);
  const terms = graph.scoped("loss", () => lossTerms(graph, scored.logProbs, declareLossInputs(graph), shape));
  const names = [...trainableShapes(options.config, options.lora).keys()];
  const derivatives = gradients(
    graph,
    terms.loss,
    names.map((name) => source(weights)(name)),
  );
  graph.output(scored.logProbs, "logProbs");
  graph.output(scored.entropy as Value, "entropy");
  graph.output(terms.loss, "loss");
  graph.output(terms.policyLoss, "policyLoss");
  graph.output(terms.kl, "kl");
  graph.output(terms.cloningLoss, "cloningLoss");
  names.forEach((name, i) => graph.output(derivatives[i] as Value, `grad/${name}`));
  // What a layer computes again but for its result, which nobody reads.
  if (options.activationCheckpointing === true) graph.prune();
  return graph;
}

/** Output logProbs [M]; with the adapter, or of the bare base. */
export function logProbGraph(options: PolicyGraphOptions, adapter: boolean): Graph {
  const graph = new Graph("log-probabilities", { onDevice: options.onDevice ?? false });
  const { scored } = declareScoring(graph, options, adapter, false);
  graph.output(scored.logProbs, "logProbs");
  return graph;
}

/** Sums gradients of two micro-batches: inputs "a/" and "b/" per name, outputs "grad/". */
export function gradientSumGraph(shapes: ReadonlyMap<string, readonly number[]>): Graph {
  const graph = new Graph("gradient-sum");
  for (const [name, shape] of shapes) {
    const addends = ["a", "b"].map((side) => graph.input(`${side}/${name}`, "float32", shape));
    graph.output(graph.op("Add", addends, {}), `grad/${name}`);
  }
  return graph;
}

/**
 * AdamW over all tensors at once with clipping by global norm. Inputs per name: "p/", "g/", "m/", "v/"; scalars learningRate,
 * beta1, beta2, epsilon, weightDecay, maxGradNorm (<= 0: off), correction1 = 1 - beta1^t, correction2 = 1 - beta2^t.
 * Outputs "p/", "m/", "v/" per name (primed) and gradNorm before clipping. As torch.optim.AdamW (decoupled decay).
 */
export function adamWGraph(shapes: ReadonlyMap<string, readonly number[]>): Graph {
  const graph = new Graph("adamw");
  const scalar = (name: string) => graph.input(name, "float32", []);
  const [learningRate, beta1, beta2] = [scalar("learningRate"), scalar("beta1"), scalar("beta2")];
  const [epsilon, weightDecay, maxGradNorm] = [scalar("epsilon"), scalar("weightDecay"), scalar("maxGradNorm")];
  const [correction1, correction2] = [scalar("correction1"), scalar("correction2")];
  const mul = (a: Value, b: Value) => graph.op("Mul", [a, b], {});
  const add = (a: Value, b: Value) => graph.op("Add", [a, b], {});
  const sub = (a: Value, b: Value) => graph.op("Sub", [a, b], {});
  const div = (a: Value, b: Value) => graph.op("Div", [a, b], {});
  const one = graph.scalar(1);
  const [rest1, rest2] = [sub(one, beta1), sub(one, beta2)];
  const keep = sub(one, mul(learningRate, weightDecay));
  const stepSize = div(learningRate, correction1);
  const root2 = graph.op("Sqrt", [correction2], {});
  const tensors = [...shapes].map(([name, shape]) => ({
    name,
    p: graph.input(`p/${name}`, "float32", shape),
    g: graph.input(`g/${name}`, "float32", shape),
    m: graph.input(`m/${name}`, "float32", shape),
    v: graph.input(`v/${name}`, "float32", shape),
  }));
  const squares = tensors.map(({ g }) => graph.op("ReduceSumSquare", [g], { axes: g.shape.map((_, i) => i), keepDims: false }));
  const gradNorm = graph.op("Sqrt", [squares.reduce(add)], {});
  const ratio = div(maxGradNorm, add(gradNorm, graph.scalar(1e-6)));
  const off = graph.op("LessOrEqual", [maxGradNorm, graph.scalar(0)], {});
  const clip = graph.op("Where", [off, one, graph.op("Min", [ratio, one], {})], {});
  for (const { name, p, g, m, v } of tensors) {
    const clipped = mul(g, clip);
    const first = add(mul(m, beta1), mul(clipped, rest1));
    const second = add(mul(v, beta2), mul(mul(clipped, clipped), rest2));
    const denominator = add(div(graph.op("Sqrt", [second], {}), root2), epsilon);
    graph.output(sub(mul(p, keep), mul(stepSize, div(first, denominator))), `new/p/${name}`);
    graph.output(first, `new/m/${name}`);
    graph.output(second, `new/v/${name}`);
  }
  graph.output(gradNorm, "gradNorm");
  return graph;
}
