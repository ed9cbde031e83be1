// The hand-derived backward passes of the decoder's blocks against the generic rules applied to the same forward nodes one by one,
// and the promise of chunked log-probabilities: no array of tokens by vocabulary.

import { describe, expect, it } from "vitest";
import { gradients } from "../autodiff/gradients.ts";
import type { Dim } from "../onnx/dims.ts";
import { Graph, type Value } from "../onnx/graph.ts";
import { serializeGraph } from "../onnx/serialize.ts";
import { OnnxSession } from "../onnx/session.ts";
import { Random, mixSeed } from "../tensor/random.ts";
import { float32, int64, sizeOf, type HostTensor } from "../tensor/tensor.ts";
import { lossAndGradientGraph, logProbGraph } from "../grpo/policy-graphs.ts";
import { TINY_LORA } from "../grpo/testing/reference-cases.ts";
import { tinyConfig } from "../testing/random-model.ts";
import { attention, attentionBias, residualNorm, swiglu } from "./blocks.ts";
import { frozenTokenLogProbs } from "./frozen-log-probs.ts";
import { tokenLogProbs } from "./log-probs.ts";

/** A graph whose composites are taken apart: the reverse walk sees each of their nodes and uses the table of rules. */
class OpByOpGraph extends Graph {
  override composite(_inputs: readonly Value[], body: () => readonly Value[]): readonly Value[] {
    return body();
  }
}

type Build = (graph: Graph, inputs: readonly Value[]) => Value;

/** Gradients of sum(weights * y) for every input, with the nodes' own derivative or op by op. */
async function derivatives(graph: Graph, shapes: readonly (readonly number[])[], build: Build): Promise<Record<string, HostTensor>> {
  const random = new Random(mixSeed("composites", shapes.join()));
  const draw = (shape: readonly number[]) =>
    float32(
      shape,
      Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
    );
  const inputs = shapes.map((shape, i) => graph.input(`x${i}`, "float32", shape));
  const y = build(graph, inputs);
  const weights = graph.initializer("weights", draw(y.shape as readonly number[]));
  const loss = graph.op("ReduceSum", [graph.op("Mul", [y, weights], {})], { axes: y.shape.map((_, i) => i), keepDims: false });
  const results = gradients(graph, loss, inputs);
  graph.output(y, "y");
  results.forEach((gradient, i) => graph.output(gradient, `gradient ${i}`));
  const session = await OnnxSession.create(serializeGraph(graph), { threads: 1 });
  const out = await session.run(Object.fromEntries(shapes.map((shape, i) => [`x${i}`, draw(shape)])));
  await session.dispose();
  return out;
}

async function expectSameDerivatives(shapes: readonly (readonly number[])[], build: Build): Promise<void> {
  const composed = await derivatives(new Graph("composed"), shapes, build);
  const generic = await derivatives(new OpByOpGraph("op by op"), shapes, build);
  expect(Object.keys(composed)).toHaveLength(shapes.length + 1);
  for (const [name, tensor] of Object.entries(generic)) {
    const [got, expected] = [composed[name]?.data as Float32Array, tensor.data as Float32Array];
    const size = Math.max(...expected.map(Math.abs));
    expected.forEach((value, i) => expect(Math.abs((got[i] as number) - value), `${name}[${i}]`).toBeLessThan(1e-5 * size));
  }
}

describe("composites agree with the generic derivative", () => {
  it("swiglu", () => expectSameDerivatives([[6, 8], [6, 8]], (graph, [gate, up]) => swiglu(graph, gate as Value, up as Value))); // prettier-ignore

  it.each([true, false])("norm of a residual branch, its input used otherwise too: %s", (residual) =>
    expectSameDerivatives([[5, 8], [8]], (graph, [x, w]) => {
      const { normed, x: kept } = residualNorm(graph, x as Value, w as Value, 1e-5);
      return residual ? graph.op("Add", [graph.op("Mul", [normed, normed], {}), kept], {}) : normed;
    }),
  ); // prettier-ignore

  it.each([
    ["every head its own key", 4, 4],
    ["grouped queries", 4, 2],
    ["one key for all", 4, 1],
  ])("attention, %s", async (_name, numHeads, numKvHeads) => {
    const [B, T, headDim] = [2, 5, 6];
    const shapes = [numHeads, numKvHeads, numKvHeads].map((heads) => [B * T, heads * headDim]);
    await expectSameDerivatives(shapes, (graph, [q, k, v]) => {
      const segments = graph.constant(float32([B, T], [1, 1, 1, 2, 2, 0, 1, 1, 1, 1]));
      const steps = graph.constant(float32([B, T], [0, 1, 2, 0, 1, 0, 0, 1, 2, 3]));
      const bias = attentionBias(graph, segments, steps);
      return attention(graph, q as Value, k as Value, v as Value, bias, { B, T, numHeads, numKvHeads, headDim });
    });
  });

  it.each([
    ["in one piece", 12, false],
    ["with the entropy, in one piece", 11, true],
    ["with the entropy, in uneven chunks", 4, true],
    ["in chunks of one", 1, false],
  ])("tokenLogProbs %s", async (_name, chunkSize, entropy) => {
    await expectSameDerivatives([[5, 6], [11, 6]], (graph, [h, w]) => {
      const targets = graph.constant(int64([5], [10, 3, 3, 0, 7]));
      const options = { chunkSize, inverseTemperature: graph.scalar(1.4), entropy };
      return tokenLogProbs(graph, h as Value, w as Value, targets, options).logProbs;
    }); // prettier-ignore
  });
});

describe("log-probabilities under a frozen projection", () => {
  it.each([
    ["in one piece", 11],
    ["in uneven chunks", 4],
    ["in chunks of one", 1],
  ])("have the generic derivative, %s", async (_name, chunkSize) => {
    const random = new Random(7);
    const projection = float32(
      [11, 6],
      Float32Array.from({ length: 66 }, () => 3 * random.normal()),
    );
    await expectSameDerivatives([[5, 6]], (graph, [h]) => {
      const targets = graph.constant(int64([5], [10, 3, 3, 0, 7]));
      const w = graph.initializer("projection", projection);
      return frozenTokenLogProbs(graph, h as Value, w, targets, { chunkSize, inverseTemperature: graph.scalar(1.4) }).logProbs;
    });
  });

  it.each([3, 100])("are those of one that is trained, as are the entropies; logits far apart, chunks of %d", async (chunkSize) => {
    const random = new Random(8);
    const graph = new Graph("both");
    const h = graph.input("h", "float32", [5, 6]);
    const w = graph.initializer(
      "w",
      float32(
        [11, 6],
        Float32Array.from({ length: 66 }, () => 8 * random.normal()),
      ),
    );
    const targets = graph.constant(int64([5], [10, 3, 3, 0, 7]));
    const options = { chunkSize, inverseTemperature: graph.scalar(1), entropy: true };
    const outputs = { frozen: frozenTokenLogProbs(graph, h, w, targets, options), trained: tokenLogProbs(graph, h, w, targets, options) };
    for (const [name, { logProbs, entropy }] of Object.entries(outputs)) {
      graph.output(logProbs, `${name} log-probabilities`);
      graph.output(entropy as Value, `${name} entropies`);
    }
    const session = await OnnxSession.create(serializeGraph(graph), { threads: 1 });
    const out = await session.run({
      h: float32(
        [5, 6],
        Float32Array.from({ length: 30 }, () => random.normal()),
      ),
    });
    await session.dispose();
    for (const what of ["log-probabilities", "entropies"]) {
      const [got, expected] = [out[`frozen ${what}`]?.data as Float32Array, out[`trained ${what}`]?.data as Float32Array];
      expected.forEach((value, i) => expect(got[i], `${what} ${i}`).toBeCloseTo(value, 3));
    }
  });
});

/** Size of a dimension along tokens: symbols count, numbers do not. */
function hasSymbol(dim: Dim): boolean {
  return typeof dim === "string";
}

describe("vocabulary chunks", () => {
  const vocabSize = 499;
  const config = tinyConfig("qwen3", { tieWordEmbeddings: true, vocabSize });
  const graphs = (vocabularyChunk: number) => {
    const options = { config, maxPositions: 48, vocabularyChunk };
    const shape = { epsilonLow: 0.2, epsilonHigh: 0.2, klEstimator: "k3", importanceLevel: "token", temperature: 1 } as const;
    return [
      lossAndGradientGraph(options, shape),
      lossAndGradientGraph({ ...options, lora: TINY_LORA }, shape),
      logProbGraph(options, false),
    ];
  };
  /** Widest second dimension of any value that has one entry a token in the first. */
  const widestPerToken = (graph: Graph) => {
    const values = graph.nodes.flatMap((node) => node.outputs);
    expect(values.every((value) => !value.shape.some((dim) => String(dim).includes(String(vocabSize)) && hasSymbol(dim)))).toBe(true);
    return Math.max(...values.filter(({ shape }) => shape.some(hasSymbol)).map(({ shape }) => Math.max(1, ...shape.filter((dim) => typeof dim === "number")))); // prettier-ignore
  };

  it("leave no value of tokens by vocabulary, forward or backward", () => {
    for (const graph of graphs(100)) expect(widestPerToken(graph), graph.name).toBeLessThanOrEqual(100);
    for (const graph of graphs(vocabSize)) expect(widestPerToken(graph), graph.name).toBe(vocabSize);
  });
});
