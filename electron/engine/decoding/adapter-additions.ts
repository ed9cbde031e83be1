// An adapter as the generation graphs take it where it cannot be folded into the weights: by their names, scaled, with the parts of
// the merged query, key and value projection side by side.

import type { DecoderConfig } from "../model/config.ts";
import type { Adapter } from "../model/peft-adapter.ts";
import { scoreScale } from "../model/rope.ts";
import { float32, type Float32Tensor } from "../tensor/tensor.ts";

/** By name of a generation weight: down [rank, in] and up [out, rank]; the product gains (x down^T) up^T. */
export type GenerationAdditions = ReadonlyMap<string, { readonly down: Float32Tensor; readonly up: Float32Tensor }>;

export function adapterAdditions(config: DecoderConfig, { lora, tensors }: Adapter): GenerationAdditions {
  const additions = new Map<string, { down: Float32Tensor; up: Float32Tensor }>();
  const scale = lora.alpha / lora.rank;
  const { headDim, numHeads, numKvHeads } = config;
  for (let layer = 0; layer < config.numLayers; layer++) {
    const hf = `model.layers.${layer}`;
    // The same factor that decoderWeights puts on the query projection.
    const onQueries = config.qkNorm ? 1 : scoreScale(config, !config.unrotatedLayers.includes(layer));
    const parts = (["q", "k", "v"] as const).map((which) => ({
      layer: `${hf}.self_attn.${which}_proj`,
      rows: (which === "q" ? numHeads : numKvHeads) * headDim,
      factor: which === "q" ? scale * onQueries : scale,
    }));
    const sets = [
      ["qkv", parts],
      ["out", [{ layer: `${hf}.self_attn.o_proj`, rows: config.hiddenSize, factor: scale }]],
      ["gate", [{ layer: `${hf}.mlp.gate_proj`, rows: config.intermediateSize, factor: scale }]],
      ["up", [{ layer: `${hf}.mlp.up_proj`, rows: config.intermediateSize, factor: scale }]],
      ["down", [{ layer: `${hf}.mlp.down_proj`, rows: config.hiddenSize, factor: scale }]],
    ] as const;
    for (const [name, set] of sets) {
      const addition = sideBySide(set, tensors, lora.rank);
      if (addition !== undefined) additions.set(`${layer}.${name}`, addition);
    }
  }
  return additions;
}

interface Part {
  readonly layer: string;
  readonly rows: number;
  readonly factor: number;
}

/** Parts without an adapter leave their rows zero; undefined where none has one. */
function sideBySide(parts: readonly Part[], tensors: ReadonlyMap<string, Float32Tensor>, rank: number) {
  const present = parts.filter(({ layer }) => tensors.has(`${layer}.lora_A.weight`));
  if (present.length === 0) return undefined;
  const downs = present.map(({ layer }) => tensors.get(`${layer}.lora_A.weight`) as Float32Tensor);
  const inSize = downs[0]?.shape[1] as number;
  const columns = present.length * rank;
  const down = new Float32Array(columns * inSize);
  downs.forEach((tensor, i) => down.set(tensor.data, i * rank * inSize));
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const up = new Float32Array(rows * columns);
  let row = 0;
  for (const part of parts) {
    const place = present.indexOf(part);
    const values = tensors.get(`${part.layer}.lora_B.weight`)?.data;
    for (let r = 0; r < part.rows && values !== undefined; r++) {
      for (let i = 0; i < rank; i++) up[(row + r) * columns + place * rank + i] = (values[r * rank + i] as number) * part.factor;
    }
    row += part.rows;
  }
  return { down: float32([columns, inSize], down), up: float32([rows, columns], up) };
}
