import { describe, expect, it } from "vitest";
import { sizeOf } from "../tensor/tensor.ts";
import { MODEL_TYPES, parameterShapes, parseHfConfig, toHfConfig } from "./config.ts";

/** The fields of Qwen2.5-0.5B-Instruct's published config.json. */
const QWEN_25_HALF_B = {
  architectures: ["Qwen2ForCausalLM"],
  attention_dropout: 0.0,
  bos_token_id: 151643,
  eos_token_id: 151645,
  hidden_act: "silu",
  hidden_size: 896,
  initializer_range: 0.02,
  intermediate_size: 4864,
  max_position_embeddings: 32768,
  max_window_layers: 21,
  model_type: "qwen2",
  num_attention_heads: 14,
  num_hidden_layers: 24,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000.0,
  sliding_window: 32768,
  tie_word_embeddings: true,
  torch_dtype: "bfloat16",
  use_cache: true,
  use_sliding_window: false,
  vocab_size: 151936,
};

const SMALL = {
  vocab_size: 64,
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  intermediate_size: 48,
  max_position_embeddings: 128,
};

function countOf(json: unknown): number {
  return [...parameterShapes(parseHfConfig(json)).values()].reduce((sum, shape) => sum + sizeOf(shape), 0);
}

describe("parseHfConfig", () => {
  it("reads a published configuration, whose parameter count is the published one", () => {
    const config = parseHfConfig(QWEN_25_HALF_B);
    expect(config).toMatchObject({
      headDim: 64,
      ropeTheta: 1e6,
      qkvBias: true,
      qkNorm: false,
      tieWordEmbeddings: true,
      eosTokenIds: [151645],
    });
    expect(countOf(QWEN_25_HALF_B)).toBe(494_032_768);
  });

  it("counts Qwen3-0.6B and Mistral-7B-v0.3 right, too", () => {
    const qwen3 = {
      model_type: "qwen3",
      vocab_size: 151936,
      hidden_size: 1024,
      num_hidden_layers: 28,
      num_attention_heads: 16,
      num_key_value_heads: 8,
      head_dim: 128,
      intermediate_size: 3072,
      max_position_embeddings: 40960,
      tie_word_embeddings: true,
    };
    expect(countOf(qwen3)).toBe(596_049_920);
    const mistral = {
      model_type: "mistral",
      vocab_size: 32768,
      hidden_size: 4096,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      intermediate_size: 14336,
      max_position_embeddings: 32768,
      sliding_window: null,
    };
    expect(countOf(mistral)).toBe(7_248_023_552);
  });

  it.each(MODEL_TYPES)("gives back what was written for %s", (modelType) => {
    const config = {
      ...parseHfConfig({ ...SMALL, model_type: modelType, head_dim: 8, eos_token_id: [1, 2], bos_token_id: 3, rope_theta: 5000 }),
    };
    expect(parseHfConfig(JSON.parse(JSON.stringify(toHfConfig(config, "float16"))))).toEqual(config);
  });

  it("takes the decoder of a model that reads images too", () => {
    const text = { ...SMALL, model_type: "ministral3", head_dim: 8, tie_word_embeddings: true };
    const whole = {
      model_type: "mistral3",
      architectures: ["Mistral3ForConditionalGeneration"],
      text_config: text,
      vision_config: {},
      eos_token_id: 2,
    };
    expect(parseHfConfig(whole)).toEqual(parseHfConfig({ ...text, eos_token_id: 2 }));
  });

  it("finds rope_theta where newer files keep it", () => {
    const config = parseHfConfig({ ...SMALL, model_type: "llama", rope_parameters: { rope_theta: 500000, rope_type: "default" } });
    expect(config.ropeTheta).toBe(500000);
  });

  it.each([
    ["model_type", "gpt2"],
    ["architectures", ["LlamaForSequenceClassification"]],
    ["hidden_act", "gelu"],
    ["rope_scaling", { rope_type: "longrope", factor: 8 }],
    ["rope_scaling", { type: "su" }],
    ["rope_scaling", { type: "linear", factor: 2, llama_4_scaling_beta: 0.1 }],
    ["rope_parameters", { rope_theta: 10000, partial_rotary_factor: 0.5 }],
    ["partial_rotary_factor", 0.25],
    ["no_rope_layers", [1, 0]],
    ["auto_map", { AutoModelForCausalLM: "modeling_other.Other" }],
    ["use_sliding_window", true],
    ["layer_types", ["full_attention", "sliding_attention"]],
    ["quantization_config", { quant_method: "gptq" }],
  ])("refuses %s = %j as unsupported", (field, value) => {
    expect(() => parseHfConfig({ ...SMALL, model_type: "llama", [field]: value }, "folder/config.json")).toThrow(
      expect.objectContaining({
        code: "unsupported-architecture",
        message: expect.stringContaining(`folder/config.json: ${field}`) as string,
      }),
    );
  });

  it.each([
    ["qwen2", { attention_bias: "yes" }, "attention_bias"],
    ["mistral", { attention_bias: true }, "attention_bias"],
    ["qwen3", { mlp_bias: true }, "mlp_bias"],
    ["mistral", { sliding_window: 8, layer_types: ["full_attention", "sliding_attention"] }, "layer_types"],
    ["qwen2", { layer_types: ["full_attention", "chunked_attention"] }, "layer_types"],
    ["qwen2", { layer_types: ["full_attention"] }, "layer_types"],
    ["qwen2", { layer_types: ["full_attention", "sliding_attention"] }, "sliding_window"],
    ["ministral3", { attention_bias: true }, "attention_bias"],
    ["ministral3", { rope_parameters: { rope_type: "default", llama_4_scaling_beta: 0.1 } }, "llama_4_scaling_beta"],
    ["mistral", { rope_parameters: { rope_type: "yarn", factor: 2, llama_4_scaling_beta: 0.1 } }, "llama_4_scaling_beta"],
    ["mistral3", {}, "model_type"],
    ["mistral3", { text_config: { ...SMALL, model_type: "mistral4" } }, "config.json: text_config: model_type"],
    [
      "mistral3",
      { text_config: { ...SMALL, model_type: "ministral3" }, quantization_config: { quant_method: "fp8" } },
      "quantization_config",
    ],
    ["smollm3", { no_rope_layers: [1] }, "no_rope_layers"],
    ["smollm3", { use_sliding_window: true }, "sliding_window"],
    ["llama", { rope_scaling: { rope_type: "llama3", factor: 8 } }, "original_max_position_embeddings"],
    ["llama", { rope_scaling: { rope_type: "yarn" } }, "factor"],
    ["llama", { rope_scaling: { rope_type: "linear", factor: 2 }, rope_parameters: { rope_type: "linear", factor: 4 } }, "rope_scaling"],
  ])("names the field that %s cannot have: %j", (modelType, fields, named) => {
    expect(() => parseHfConfig({ ...SMALL, model_type: modelType, ...fields })).toThrow(named);
  });

  it.each([
    ["mistral", { sliding_window: 64 }, { slidingWindow: 64, slidingLayers: [0, 1] }],
    ["mistral", { sliding_window: 128 }, { slidingWindow: null, slidingLayers: [] }],
    ["mistral", { sliding_window: null }, { slidingWindow: null }],
    ["mistral", { max_position_embeddings: 8192 }, { slidingWindow: 4096 }],
    ["ministral", { sliding_window: 8, layer_types: ["full_attention", "sliding_attention"] }, { slidingWindow: 8, slidingLayers: [1] }],
    ["qwen2", { sliding_window: 8, use_sliding_window: false }, { slidingWindow: null }],
    ["qwen2", { sliding_window: 8, use_sliding_window: true, max_window_layers: 1 }, { slidingWindow: 8, slidingLayers: [1] }],
    ["qwen3", { sliding_window: 8, use_sliding_window: true, max_window_layers: 0 }, { slidingWindow: 8, slidingLayers: [0, 1] }],
    ["qwen3", { attention_bias: true }, { qkvBias: true, outBias: true, mlpBias: false }],
    ["llama", { attention_bias: true, mlp_bias: true }, { qkvBias: true, outBias: true, mlpBias: true }],
    ["ministral3", { head_dim: 8, sliding_window: null }, { slidingWindow: null, rmsNormEps: 1e-5, ropeTheta: 1e6, maxPositionEmbeddings: 128,
      ropeScaling: { type: "yarn", factor: 16, originalMaxPositions: 16384, betaFast: 32, betaSlow: 1, attentionFactor: 1, truncate: true,
        longQueries: { beta: 0.1, maxPositions: 128 } } }],
    ["ministral3", { max_position_embeddings: 262144, sliding_window: 4096 }, { headDim: 128, maxPositionEmbeddings: 16384, slidingLayers: [0, 1] }],
    ["ministral3", { rope_parameters: { rope_type: "yarn", type: "yarn", rope_theta: 5e5, factor: 4, original_max_position_embeddings: 32,
      max_position_embeddings: 128, llama_4_scaling_beta: 0 } }, { ropeTheta: 5e5, maxPositionEmbeddings: 128 }],
    ["smollm3", { num_hidden_layers: 9 }, { unrotatedLayers: [3, 7], tieWordEmbeddings: true, ropeTheta: 2e6 }],
    ["smollm3", { no_rope_layers: [0, 1], use_sliding_window: true, sliding_window: 8 }, { unrotatedLayers: [0], slidingLayers: [0] }],
    ["llama", { rope_scaling: { type: "dynamic", factor: 4, original_max_position_embeddings: 32 } }, { maxPositionEmbeddings: 32 }],
    ["llama", { rope_scaling: { type: "yarn", factor: 4 } }, { ropeScaling: { type: "yarn", factor: 4, originalMaxPositions: 128,
      betaFast: 32, betaSlow: 1, attentionFactor: 0.1 * Math.log(4) + 1, truncate: true } }],
  ])("reads what %s means by %j", (modelType, fields, expected) => {
    const config = parseHfConfig({ ...SMALL, model_type: modelType, ...fields });
    expect(config).toMatchObject(expected);
    expect(parseHfConfig(JSON.parse(JSON.stringify(toHfConfig(config, "float16"))))).toEqual(config);
  }); // prettier-ignore

  it.each([
    ["model_type", undefined],
    ["vocab_size", undefined],
    ["hidden_size", "32"],
    ["num_hidden_layers", 0],
    ["num_attention_heads", 2.5],
    ["num_key_value_heads", 3],
    ["head_dim", 7],
    ["intermediate_size", null],
    ["rms_norm_eps", -1],
    ["rope_theta", "10000"],
    ["tie_word_embeddings", 1],
    ["eos_token_id", 64],
    ["eos_token_id", ["</s>"]],
    ["max_position_embeddings", undefined],
  ])("names the unusable field: %s = %j", (field, value) => {
    expect(() => parseHfConfig({ ...SMALL, model_type: "llama", [field]: value })).toThrow(
      expect.objectContaining({ code: "invalid-config", message: expect.stringContaining(`config.json: ${field}`) as string }),
    );
  });

  it("refuses what is not an object", () => {
    expect(() => parseHfConfig([1])).toThrow(expect.objectContaining({ code: "invalid-config" }));
  });
});

describe("parameterShapes", () => {
  it("names parameters as transformers does", () => {
    const names = (modelType: string, tied: boolean) => [
      ...parameterShapes(parseHfConfig({ ...SMALL, num_hidden_layers: 1, head_dim: 10, model_type: modelType, tie_word_embeddings: tied })),
    ];
    expect(names("qwen2", false)).toEqual([
      ["model.embed_tokens.weight", [64, 32]],
      ["model.layers.0.input_layernorm.weight", [32]],
      ["model.layers.0.self_attn.q_proj.weight", [40, 32]],
      ["model.layers.0.self_attn.q_proj.bias", [40]],
      ["model.layers.0.self_attn.k_proj.weight", [20, 32]],
      ["model.layers.0.self_attn.k_proj.bias", [20]],
      ["model.layers.0.self_attn.v_proj.weight", [20, 32]],
      ["model.layers.0.self_attn.v_proj.bias", [20]],
      ["model.layers.0.self_attn.o_proj.weight", [32, 40]],
      ["model.layers.0.post_attention_layernorm.weight", [32]],
      ["model.layers.0.mlp.gate_proj.weight", [48, 32]],
      ["model.layers.0.mlp.up_proj.weight", [48, 32]],
      ["model.layers.0.mlp.down_proj.weight", [32, 48]],
      ["model.norm.weight", [32]],
      ["lm_head.weight", [64, 32]],
    ]);
    const qwen3 = new Map(names("qwen3", true));
    expect(qwen3.get("model.layers.0.self_attn.q_norm.weight")).toEqual([10]);
    expect(qwen3.get("model.layers.0.self_attn.k_norm.weight")).toEqual([10]);
    expect(qwen3.has("lm_head.weight")).toBe(false);
  });
});
