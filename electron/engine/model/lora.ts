// Low-rank adapters: y = x W^T + (alpha / rank) dropout(x) A^T B^T beside frozen weights. Names follow the Hugging Face
// parameter they sit on: "<layer>.lora_A.weight" [rank, in], "<layer>.lora_B.weight" [out, rank].

import { WorkbenchError } from "../../../shared/errors.ts";
import type { Graph, Value } from "../onnx/graph.ts";
import { mixSeed, Random } from "../tensor/random.ts";
import { float32, type Float32Tensor } from "../tensor/tensor.ts";
import type { DecoderConfig } from "./config.ts";
import { parameterShapes } from "./config.ts";
import { plainLinear, type LinearLayer, type MatrixSource, type WeightSource } from "./decoder.ts";

export const LORA_TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const;
export type LoraTarget = (typeof LORA_TARGETS)[number];

export interface LoraConfig {
  readonly rank: number;
  readonly alpha: number;
  /** Probability in [0, 1) that an input feature of the adapter is zeroed while training. */
  readonly dropout: number;
  readonly targets: readonly LoraTarget[];
}

/** Linear layers that carry an adapter, by name without ".weight". */
export function adaptedLayers(config: DecoderConfig, lora: LoraConfig): string[] {
  if (!Number.isInteger(lora.rank) || lora.rank < 1) {
    throw new WorkbenchError("invalid-argument", "LoRA rank is not usable", { expected: "a positive integer", got: String(lora.rank) });
  }
  const suffixes = lora.targets.map((target) => `.${target}.weight`);
  return [...parameterShapes(config).keys()]
    .filter((name) => suffixes.some((suffix) => name.endsWith(suffix)))
    .map((name) => name.slice(0, -".weight".length));
}

/** Fresh adapter: A uniform in +-sqrt(3 / in) (Kaiming with slope sqrt 5, as PEFT), B zero, so the model starts unchanged. */
export function initialiseLora(config: DecoderConfig, lora: LoraConfig, seed: number): Map<string, Float32Tensor> {
  const shapes = parameterShapes(config);
  const adapter = new Map<string, Float32Tensor>();
  for (const layer of adaptedLayers(config, lora)) {
    const [outSize, inSize] = shapes.get(`${layer}.weight`) as [number, number];
    const random = new Random(mixSeed(seed, "lora", layer));
    const bound = 1 / Math.sqrt(inSize);
    adapter.set(
      `${layer}.lora_A.weight`,
      float32(
        [lora.rank, inSize],
        Float32Array.from({ length: lora.rank * inSize }, () => (2 * random.float() - 1) * bound),
      ),
    );
    adapter.set(`${layer}.lora_B.weight`, float32([outSize, lora.rank]));
  }
  return adapter;
}

export interface LoraDropout {
  /** float32 [N, 1], uniform in [0, 4096), fresh for every run: which features of which token are dropped follows from it. */
  readonly tokenKeys: Value;
}

/**
 * Linear layers with adapters. Dropout masks are hashed in the graph: feature j of token i is dropped when
 * frac(tokenKey_i a_j + b_j) < p with fixed random a, b per layer, so no mask crosses from the host.
 */
export function loraLinear(
  graph: Graph,
  config: DecoderConfig,
  lora: LoraConfig,
  weight: WeightSource,
  dropout?: LoraDropout,
  matrix: MatrixSource = weight,
): LinearLayer {
  const adapted = new Set(adaptedLayers(config, lora));
  const plain = plainLinear(graph, weight, matrix);
  const gemm = (x: Value, w: Value) => graph.op("Gemm", [x, w], { transA: false, transB: true });
  return (name, x, hasBias) => {
    const y = plain(name, x, hasBias);
    if (!adapted.has(name)) return y;
    const kept = dropout === undefined || lora.dropout === 0 ? x : dropFeatures(graph, name, x, lora.dropout, dropout.tokenKeys);
    const low = gemm(kept, weight(`${name}.lora_A.weight`));
    // Scaled where it is narrow.
    const scaled = graph.op("Mul", [low, graph.scalar(lora.alpha / lora.rank)], {});
    return graph.op("Add", [y, gemm(scaled, weight(`${name}.lora_B.weight`))], {});
  };
}

function dropFeatures(graph: Graph, layer: string, x: Value, probability: number, tokenKeys: Value): Value {
  const features = x.shape[1] as number;
  const mask = graph.detached(() => {
    const random = new Random(mixSeed("lora-dropout", layer));
    const row = (suffix: string, least: number) =>
      graph.initializers.get(`${layer}.dropout_${suffix}`)?.value ??
      graph.initializer(
        `${layer}.dropout_${suffix}`,
        float32(
          [1, features],
          Float32Array.from({ length: features }, () => least + random.float()),
        ),
      );
    // No factor near 0: such a feature would be dropped for nearly every token or for none.
    const mixed = graph.op("Add", [graph.op("Mul", [tokenKeys, row("a", 0.5)], {}), row("b", 0)], {});
    const uniform = graph.op("Sub", [mixed, graph.op("Floor", [mixed], {})], {});
    const keep = graph.op("GreaterOrEqual", [uniform, graph.scalar(probability)], {});
    return graph.op("Where", [keep, graph.scalar(1 / (1 - probability)), graph.scalar(0)], {});
  });
  return graph.op("Mul", [x, mask], {});
}

/** Weights with the adapter folded in: W + (alpha / rank) B A, computed in float64. Unadapted tensors are shared, not copied. */
export function mergeLora(
  parameters: ReadonlyMap<string, Float32Tensor>,
  adapter: ReadonlyMap<string, Float32Tensor>,
  lora: LoraConfig,
): Map<string, Float32Tensor> {
  const merged = new Map(parameters);
  for (const [name, a] of adapter) {
    if (!name.endsWith(".lora_A.weight")) continue;
    const layer = name.slice(0, -".lora_A.weight".length);
    const b = adapter.get(`${layer}.lora_B.weight`);
    const w = parameters.get(`${layer}.weight`);
    if (b === undefined || w === undefined) throw new Error(`adapter of ${layer} has no partner`);
    const [outSize, inSize] = w.shape as [number, number];
    const result = Float32Array.from(w.data);
    const sums = new Float64Array(inSize);
    for (let o = 0; o < outSize; o++) {
      sums.fill(0);
      for (let r = 0; r < lora.rank; r++) {
        const factor = ((b.data[o * lora.rank + r] as number) * lora.alpha) / lora.rank;
        for (let i = 0; i < inSize; i++) sums[i] = (sums[i] as number) + factor * (a.data[r * inSize + i] as number);
      }
      for (let i = 0; i < inSize; i++) result[o * inSize + i] = (w.data[o * inSize + i] as number) + (sums[i] as number);
    }
    merged.set(`${layer}.weight`, float32(w.shape, result));
  }
  return merged;
}
