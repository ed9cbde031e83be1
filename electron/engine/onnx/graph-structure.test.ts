// Every graph the engine emits, held against the ONNX standard by onnx's own checker and shape inference (Debian's python3-onnx).
// testing/check_graphs.py says how contrib ops and newer opsets are handled.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildDecodeGraph } from "../decoding/decode-graph.ts";
import { decoderWeights } from "../decoding/decoder-weights.ts";
import { buildPrefillGraph } from "../decoding/prefill-graph.ts";
import type { LossShape } from "../grpo/policy-model.ts";
import { adamWGraph, logProbGraph, lossAndGradientGraph, trainableShapes } from "../grpo/policy-graphs.ts";
import { TINY_LORA } from "../grpo/testing/reference-cases.ts";
import { logitsGraph } from "../model/logits-graph.ts";
import { missingPythonModules, runPython } from "../testing/system-python.ts";
import { randomParameters, tinyConfig } from "../testing/random-model.ts";
import { Graph } from "./graph.ts";
import { ELEMENT_TYPES } from "./ops.ts";
import { serializeGraph } from "./serialize.ts";

interface Report {
  readonly name: string;
  readonly nodes: number;
  readonly contrib: number;
  /** Values whose shape onnx inferred too. */
  readonly compared: number;
  readonly problems: readonly string[];
}

const SHAPE: LossShape = { epsilonLow: 0.2, epsilonHigh: 0.2, klEstimator: "k3", importanceLevel: "token", temperature: 1 };

function emittedGraphs(): Record<string, Graph> {
  const [llama, qwen2, qwen3] = [
    tinyConfig("llama"),
    tinyConfig("qwen2", { tieWordEmbeddings: true }),
    tinyConfig("qwen3", { numKvHeads: 4 }),
  ];
  const options = { maxPositions: 48, vocabularyChunk: 64 };
  const lora = { ...TINY_LORA, dropout: 0.1 };
  const windowed = { ...qwen2, slidingWindow: 4, slidingLayers: [1] };
  const weights = (config: typeof llama) => decoderWeights(config, randomParameters(config, 1));
  return {
    "loss, llama": lossAndGradientGraph({ config: llama, ...options }, SHAPE),
    "loss, qwen2, chunked, sequence ratio, k2": lossAndGradientGraph(
      { config: qwen2, ...options, vocabularyChunk: 10 },
      { ...SHAPE, importanceLevel: "sequence", klEstimator: "k2" },
    ),
    "loss, qwen3, k1": lossAndGradientGraph({ config: qwen3, ...options }, { ...SHAPE, klEstimator: "k1" }),
    "loss, adapter with dropout": lossAndGradientGraph({ config: qwen2, lora, ...options }, SHAPE),
    "loss, attention in blocks, a window": lossAndGradientGraph({ config: windowed, inBlocks: true, ...options }, SHAPE),
    "log-probabilities, adapter": logProbGraph({ config: qwen3, lora, ...options }, true),
    "log-probabilities, chunked": logProbGraph({ config: llama, ...options, vocabularyChunk: 7 }, false),
    adamw: adamWGraph(trainableShapes(llama)),
    logits: logitsGraph(qwen2),
    "prefill, llama": buildPrefillGraph(llama, weights(llama)).graph,
    "prefill, qwen2": buildPrefillGraph(qwen2, weights(qwen2)).graph,
    "decode, llama": buildDecodeGraph(llama, weights(llama), () => "constant").graph,
    "decode, qwen3": buildDecodeGraph(qwen3, weights(qwen3), () => "input").graph,
  };
}

/** Graphs that are wrong on purpose: the check must see each. */
function faultyGraphs(): Record<string, Graph> {
  const wrongType = new Graph("wrong type");
  const sum = wrongType.op("ReduceSum", [wrongType.input("x", "float32", ["B", 4])], { axes: [1], keepDims: true });
  (sum as { shape: readonly number[] }).shape = [3, 2];
  wrongType.output(sum, "y");
  const unknownName = new Graph("unknown name");
  unknownName.output({ name: "nowhere", dtype: "float32", shape: [1] }, "y");
  const contribInputs = new Graph("contrib inputs");
  const x = contribInputs.input("x", "float32", ["B", 4]);
  contribInputs.output(contribInputs.op("QuickGelu", [x, x], { alpha: 1 }), "y");
  return { wrongType, unknownName, contribInputs };
}

function typesOf(graph: Graph): Record<string, readonly [number, readonly (number | string)[]]> {
  const values = [
    ...graph.inputs,
    ...[...graph.initializers.values()].map(({ value }) => value),
    ...graph.nodes.flatMap((node) => node.outputs),
  ];
  return Object.fromEntries(values.map(({ name, dtype, shape }) => [name, [ELEMENT_TYPES[dtype], shape]]));
}

const missing = missingPythonModules("onnx");
if (missing !== undefined) console.warn(`structural check of graphs skipped: ${missing}`);

describe.skipIf(missing !== undefined)("onnx.checker and onnx.shape_inference", () => {
  const [emitted, faulty] = [emittedGraphs(), faultyGraphs()];
  const reports = new Map<string, Report>();
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "raif-graphs-"));
    const cases: { name: string; model: string; types: string }[] = [];
    for (const [name, graph] of Object.entries({ ...emitted, ...faulty })) {
      const place = join(folder, String(cases.length));
      await writeFile(`${place}.onnx`, serializeGraph(graph));
      await writeFile(`${place}.json`, JSON.stringify(typesOf(graph)));
      cases.push({ name, model: `${place}.onnx`, types: `${place}.json` });
    }
    await writeFile(join(folder, "cases.json"), JSON.stringify(cases));
    const output = runPython(join(import.meta.dirname, "..", "testing", "check_graphs.py"), [join(folder, "cases.json")]);
    for (const line of output.trim().split("\n")) {
      const report = JSON.parse(line) as Report;
      reports.set(report.name, report);
    }
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(Object.keys(emitted))("accept: %s", (name) => {
    const report = reports.get(name);
    expect(report?.problems).toEqual([]);
    expect(report?.nodes).toBe(emitted[name]?.nodes.length);
    // Most values are compared, so that the agreement says something.
    expect(report?.compared).toBeGreaterThan(0.6 * ((report?.nodes ?? 0) - (report?.contrib ?? 0)));
  });

  it.each(Object.keys(faulty))("refuse: %s", (name) => {
    expect(reports.get(name)?.problems).toHaveLength(1);
  });
});
