import { describe, expect, it } from "vitest";
import type { Float32Tensor } from "../tensor/tensor.ts";
import { parameterShapes, parseHfConfig } from "./config.ts";
import { initialiseParameters } from "./initialise.ts";

const config = parseHfConfig({
  model_type: "qwen2",
  vocab_size: 512,
  hidden_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  intermediate_size: 160,
  max_position_embeddings: 128,
});

function deviationOf(tensor: Float32Tensor | undefined): number {
  const values = [...(tensor?.data ?? [])];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

describe("initialiseParameters", () => {
  it("fills every parameter of the configuration with the intended spread", () => {
    const parameters = initialiseParameters(config, 7);
    expect([...parameters].map(([name, tensor]) => [name, tensor.shape])).toEqual([...parameterShapes(config)]);
    expect(deviationOf(parameters.get("model.embed_tokens.weight"))).toBeCloseTo(0.02, 3);
    expect(deviationOf(parameters.get("model.layers.1.mlp.down_proj.weight"))).toBeCloseTo(0.01, 3);
    expect(deviationOf(parameters.get("model.layers.0.self_attn.o_proj.weight"))).toBeCloseTo(0.01, 3);
    expect(new Set(parameters.get("model.layers.0.input_layernorm.weight")?.data)).toEqual(new Set([1]));
    expect(new Set(parameters.get("model.layers.0.self_attn.q_proj.bias")?.data)).toEqual(new Set([0]));
  });

  it("repeats for the same seed and differs for another, and between layers", () => {
    const first = initialiseParameters(config, 7);
    expect(initialiseParameters(config, 7)).toEqual(first);
    const name = "model.layers.0.mlp.up_proj.weight";
    expect(initialiseParameters(config, 8).get(name)).not.toEqual(first.get(name));
    expect(first.get(name)?.data).not.toEqual(first.get("model.layers.1.mlp.up_proj.weight")?.data);
  });
});
