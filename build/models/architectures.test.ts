// Every supported architecture as a folder on the disk: published fields in config.json, weights in each stored format, whole and in
// shards. Read, run and continued greedily, against float64 loops over the same files.

import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { generate } from "../../electron/engine/decoding/generate.ts";
import { OnnxLanguageModel } from "../../electron/engine/decoding/onnx-language-model.ts";
import { loadModelFolder } from "../../electron/engine/model/hf-folder.ts";
import { sequenceLogits } from "../../electron/engine/model/logits-graph.ts";
import { referenceLogits } from "../../electron/engine/model/reference-forward.ts";
import { writeRandomFolder } from "./random-folder.ts";

const TINY = {
  vocab_size: 61,
  hidden_size: 24,
  intermediate_size: 40,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  hidden_act: "silu",
  rms_norm_eps: 1e-6,
  initializer_range: 0.02,
  use_cache: true,
  attention_dropout: 0,
};

/** Fields as each family's files have them, at a tiny size. */
const FOLDERS = [
  ["Qwen2.5, bfloat16", "BF16", 1, { architectures: ["Qwen2ForCausalLM"], model_type: "qwen2", max_position_embeddings: 64, max_window_layers: 21,
    rope_theta: 1e6, sliding_window: 64, use_sliding_window: false, tie_word_embeddings: true, torch_dtype: "bfloat16" }],
  ["Qwen2.5 with YaRN as its card says, in shards", "F32", 3, { model_type: "qwen2", max_position_embeddings: 64, rope_theta: 1e4, tie_word_embeddings: false,
    rope_scaling: { factor: 4, original_max_position_embeddings: 16, type: "yarn" } }],
  ["Qwen2 with windows in its upper layers", "F16", 1, { model_type: "qwen2", max_position_embeddings: 64, sliding_window: 5, use_sliding_window: true,
    max_window_layers: 1, rope_theta: 1e4 }],
  ["Qwen3, in shards", "BF16", 2, { architectures: ["Qwen3ForCausalLM"], model_type: "qwen3", head_dim: 8, attention_bias: false, max_position_embeddings: 64,
    max_window_layers: 28, rope_scaling: null, rope_theta: 1e6, sliding_window: null, use_sliding_window: false, tie_word_embeddings: true }],
  ["DeepSeek-R1-Distill-Qwen", "BF16", 1, { architectures: ["Qwen2ForCausalLM"], model_type: "qwen2", max_position_embeddings: 64, max_window_layers: 21,
    rope_theta: 1e4, sliding_window: 4096, use_mrope: false, use_sliding_window: false, tie_word_embeddings: false }],
  ["Llama 3.2", "BF16", 2, { architectures: ["LlamaForCausalLM"], model_type: "llama", attention_bias: false, mlp_bias: false, head_dim: 6, pretraining_tp: 1,
    max_position_embeddings: 128, rope_theta: 500000, eos_token_id: [1, 2, 3], tie_word_embeddings: true,
    rope_scaling: { factor: 32, high_freq_factor: 4, low_freq_factor: 1, original_max_position_embeddings: 16, rope_type: "llama3" } }],
  ["Llama with linear positions and all biases", "F32", 1, { model_type: "llama", attention_bias: true, mlp_bias: true, max_position_embeddings: 64, rope_theta: 1e4,
    rope_scaling: { type: "linear", factor: 2 } }],
  ["Mistral 7B v0.1", "F16", 2, { architectures: ["MistralForCausalLM"], model_type: "mistral", max_position_embeddings: 64, rope_theta: 1e4, sliding_window: 6,
    tie_word_embeddings: false, bos_token_id: 1, eos_token_id: 2 }],
  ["Ministral 8B", "BF16", 1, { architectures: ["MinistralForCausalLM"], model_type: "ministral", head_dim: 8, max_position_embeddings: 64, rope_theta: 1e8,
    sliding_window: 6, layer_types: ["full_attention", "sliding_attention", "sliding_attention"] }],
  ["Ministral 3, text alone, rope_parameters left out", "BF16", 1, { architectures: ["Ministral3ForCausalLM"], model_type: "ministral3", head_dim: 8,
    max_position_embeddings: 64, sliding_window: null, eos_token_id: 2, tie_word_embeddings: false }],
  ["Ministral 3 inside a model that reads images", "BF16", 2, { architectures: ["Mistral3ForConditionalGeneration"], model_type: "mistral3",
    vision_config: { model_type: "pixtral" }, text_config: { ...TINY, model_type: "ministral3", head_dim: 8, max_position_embeddings: 256, sliding_window: null,
      tie_word_embeddings: true, rope_parameters: { type: "yarn", rope_type: "yarn", rope_theta: 1e6, factor: 16, original_max_position_embeddings: 32,
        max_position_embeddings: 256, beta_fast: 32, beta_slow: 1, mscale: 1, mscale_all_dim: 1, llama_4_scaling_beta: 0.1 } } }],
  ["SmolLM2", "BF16", 1, { architectures: ["LlamaForCausalLM"], model_type: "llama", max_position_embeddings: 64, rope_interleaved: false, rope_scaling: null,
    rope_theta: 130000, tie_word_embeddings: true, num_key_value_heads: 4 }],
  ["SmolLM3, newer fields", "BF16", 2, { architectures: ["SmolLM3ForCausalLM"], model_type: "smollm3", max_position_embeddings: 64, no_rope_layers: [1, 1, 0],
    no_rope_layer_interval: 4, layer_types: ["full_attention", "full_attention", "full_attention"], sliding_window: null, use_sliding_window: false,
    rope_parameters: { rope_theta: 5e6, rope_type: "default" }, rope_scaling: null }],
] as const; // prettier-ignore

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "raif-architectures-"));
});
afterAll(() => rm(root, { recursive: true }));

it.each(FOLDERS)("%s", async (name, dtype, shards, fields) => {
  const folder = join(root, String(FOLDERS.findIndex(([other]) => other === name)));
  const wrapped = "text_config" in fields;
  const inner = { storedName: (own: string) => `language_model.${own}`, others: [{ name: "vision_tower.ln_pre.weight", shape: [8] }] };
  await writeRandomFolder({ folder, config: { ...TINY, ...fields }, seed: 3, dtype, shards, ...(wrapped ? inner : {}) });
  expect((await stat(join(folder, shards === 1 ? "model.safetensors" : "model.safetensors.index.json"))).size).toBeLessThan(200_000);
  const { config, parameters } = await loadModelFolder(folder);
  const prompt = [5, 9, 60, 2, 31, 31, 7, 18, 44];
  const expected = referenceLogits(config, parameters, prompt).flatMap((row) => [...row]);
  const { data } = await sequenceLogits(config, parameters, prompt, { threads: 1 });
  const difference = Math.hypot(...expected.map((value, i) => value - (data[i] as number)));
  expect(difference / Math.hypot(...expected)).toBeLessThan(1e-4);
  const model = new OnnxLanguageModel(config, parameters, { session: { threads: 1 } });
  const settings = { temperature: 0, topK: 0, topP: 1, maxNewTokens: 12, stopTokenIds: [], stopStrings: [] };
  const [[completion] = []] = await generate(model, [{ promptIds: prompt, seeds: [0] }], settings);
  await model.dispose();
  const greedy = [...prompt];
  for (let i = 0; i < settings.maxNewTokens; i++) {
    const logits = referenceLogits(config, parameters, greedy).at(-1) as Float64Array;
    greedy.push(logits.indexOf(Math.max(...logits)));
  }
  expect(completion?.tokenIds).toEqual(greedy.slice(prompt.length));
});
