// The decoder architecture as the engine sees it, read from and written to Hugging Face config.json, and the parameters that
// follow from it. A field that would change the arithmetic and is not implemented is an error here, never skipped. Reading files
// is hf-folder.ts; the arithmetic itself lives with the decoder graph. Dropout fields are not read: scoring and training run
// without dropout.

import { WorkbenchError } from "../../../shared/errors.ts";
import { parseAttentionPattern, PLAIN_PATTERN, toHfAttentionPattern, type AttentionPattern } from "./attention-pattern.ts";
import { Fields, isObject, show } from "./config-fields.ts";
import { DEFAULT_ROPE, parseRopeScaling, ropeContextLimit, toHfRopeScaling, type RopeScaling } from "./rope.ts";

export const MODEL_TYPES = ["qwen2", "qwen3", "llama", "mistral", "ministral", "smollm3"] as const;
export type ModelType = (typeof MODEL_TYPES)[number];

/** Pre-norm decoder: RMSNorm, rotary positions (half-split, as in transformers), grouped-query attention, SwiGLU. */
export interface DecoderConfig extends AttentionPattern {
  readonly modelType: ModelType;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly numHeads: number;
  readonly numKvHeads: number;
  /** Even; need not be hiddenSize / numHeads. */
  readonly headDim: number;
  readonly intermediateSize: number;
  readonly rmsNormEps: number;
  readonly ropeTheta: number;
  readonly ropeScaling: RopeScaling;
  /** The output projection is the embedding matrix. */
  readonly tieWordEmbeddings: boolean;
  /** Biases on q_proj, k_proj and v_proj (Qwen2, and where attention_bias is set). */
  readonly qkvBias: boolean;
  /** Bias on o_proj (attention_bias). */
  readonly outBias: boolean;
  /** Biases on gate_proj, up_proj and down_proj (mlp_bias). */
  readonly mlpBias: boolean;
  /** RMSNorm over headDim of every query and key head before rotation (Qwen3). */
  readonly qkNorm: boolean;
  readonly maxPositionEmbeddings: number;
  /** Empty when the file names none. */
  readonly eosTokenIds: readonly number[];
  readonly bosTokenId: number | null;
}

/** How config.json names weights that `raif quantise` stored: three tensors a matrix, whose shapes say the rest. */
export const BLOCK_QUANTISATION = "raif-blocks";

/** What a model has where nothing says otherwise. */
export const PLAIN_DECODER = {
  ...PLAIN_PATTERN,
  ropeScaling: DEFAULT_ROPE,
  outBias: false,
  mlpBias: false,
} as const satisfies Partial<DecoderConfig>;

const ARCHITECTURES = {
  qwen2: "Qwen2ForCausalLM",
  qwen3: "Qwen3ForCausalLM",
  llama: "LlamaForCausalLM",
  mistral: "MistralForCausalLM",
  ministral: "MinistralForCausalLM",
  smollm3: "SmolLM3ForCausalLM",
} as const satisfies Record<ModelType, string>;

/**
 * Reads a parsed config.json; `where` names the file in errors. Defaults for absent fields are those of the transformers
 * configuration class of the model type. Throws "unsupported-architecture" and "invalid-config".
 */
export function parseHfConfig(json: unknown, where = "config.json"): DecoderConfig {
  if (!isObject(json)) throw new WorkbenchError("invalid-config", "not a JSON object", { where, expected: "an object", got: show(json) });
  const fields = new Fields(json, where);
  const modelType = readModelType(fields);
  rejectUnsupported(fields, modelType);
  const numHeads = fields.positiveInteger("num_attention_heads");
  const hiddenSize = fields.positiveInteger("hidden_size");
  const vocabSize = fields.positiveInteger("vocab_size");
  const numLayers = fields.positiveInteger("num_hidden_layers");
  const attentionBias = modelType !== "mistral" && modelType !== "ministral" && fields.boolean("attention_bias", false);
  const { ropeTheta, ropeScaling, maxPositionEmbeddings } = readRope(fields, modelType);
  const config: DecoderConfig = {
    modelType,
    vocabSize,
    hiddenSize,
    numLayers,
    numHeads,
    numKvHeads:
      modelType === "llama" ? fields.positiveInteger("num_key_value_heads", numHeads) : fields.positiveInteger("num_key_value_heads"),
    headDim: readHeadDim(fields, modelType, hiddenSize, numHeads),
    intermediateSize: fields.positiveInteger("intermediate_size"),
    rmsNormEps: fields.positiveNumber("rms_norm_eps", 1e-6),
    ropeTheta,
    ropeScaling,
    tieWordEmbeddings: fields.boolean("tie_word_embeddings", modelType === "smollm3"),
    qkvBias: modelType === "qwen2" || attentionBias,
    outBias: modelType !== "qwen2" && attentionBias,
    mlpBias: (modelType === "llama" || modelType === "smollm3") && fields.boolean("mlp_bias", false),
    qkNorm: modelType === "qwen3",
    maxPositionEmbeddings,
    eosTokenIds: fields.tokenIds("eos_token_id", vocabSize),
    bosTokenId: fields.tokenIds("bos_token_id", vocabSize)[0] ?? null,
    ...parseAttentionPattern(fields, modelType, numLayers, maxPositionEmbeddings),
  };
  if (config.numHeads % config.numKvHeads !== 0)
    throw fields.invalid("num_key_value_heads", `a divisor of num_attention_heads (${numHeads})`);
  return config;
}

function readModelType(fields: Fields): ModelType {
  const modelType = fields.get("model_type");
  if (typeof modelType !== "string") throw fields.invalid("model_type", `one of ${MODEL_TYPES.join(", ")}`);
  const known = MODEL_TYPES.find((type) => type === modelType);
  if (known === undefined) throw fields.unsupported("model_type", `one of ${MODEL_TYPES.join(", ")}`);
  const architectures = fields.get("architectures");
  if (Array.isArray(architectures) && architectures.length > 0 && !architectures.includes(ARCHITECTURES[known])) {
    throw fields.unsupported("architectures", `["${ARCHITECTURES[known]}"]`);
  }
  return known;
}

function readHeadDim(fields: Fields, modelType: ModelType, hiddenSize: number, numHeads: number): number {
  const headDim = fields.positiveInteger("head_dim", modelType === "qwen3" ? 128 : hiddenSize / numHeads);
  if (headDim % 2 !== 0) throw fields.invalid("head_dim", "an even number (rotary positions turn pairs)");
  return headDim;
}

/** Transformers 4 keeps rope_theta at the top and the rest in rope_scaling, transformers 5 both inside rope_parameters. */
function readRope(fields: Fields, modelType: ModelType): Pick<DecoderConfig, "ropeTheta" | "ropeScaling" | "maxPositionEmbeddings"> {
  const [scaling, parameters] = [fields.nested("rope_scaling"), fields.nested("rope_parameters")];
  const maxPositions = fields.positiveInteger("max_position_embeddings");
  const [older, newer] = [scaling, parameters].map((rope) => (rope === null ? undefined : parseRopeScaling(rope, maxPositions)));
  if (older !== undefined && newer !== undefined && JSON.stringify(older) !== JSON.stringify(newer)) {
    throw fields.invalid("rope_scaling", "the same as rope_parameters, or only one of the two");
  }
  const base = fields.positiveNumber("rope_theta", modelType === "smollm3" ? 2_000_000 : 10_000);
  return {
    ropeTheta: parameters?.positiveNumber("rope_theta", base) ?? base,
    ropeScaling: newer ?? older ?? DEFAULT_ROPE,
    maxPositionEmbeddings: ropeContextLimit(parameters ?? scaling, maxPositions),
  };
}

function rejectUnsupported(fields: Fields, modelType: ModelType): void {
  const activation = fields.get("hidden_act") ?? "silu";
  if (activation !== "silu" && activation !== "swish") throw fields.unsupported("hidden_act", '"silu"');
  if ((fields.get("partial_rotary_factor") ?? 1) !== 1) throw fields.unsupported("partial_rotary_factor", "1");
  if (modelType === "mistral" || modelType === "ministral") {
    if (fields.boolean("attention_bias", false)) throw fields.unsupported("attention_bias", "false");
  }
  if (modelType !== "llama" && modelType !== "smollm3" && fields.boolean("mlp_bias", false)) throw fields.unsupported("mlp_bias", "false");
  const quantisation = fields.nested("quantization_config");
  if (quantisation !== null && quantisation.get("quant_method") !== BLOCK_QUANTISATION) {
    throw fields.unsupported("quantization_config", `unquantised weights, or quant_method "${BLOCK_QUANTISATION}"`);
  }
  // Code of its own may do anything.
  if (fields.nested("auto_map")?.get("AutoModelForCausalLM") !== undefined) throw fields.unsupported("auto_map", "a class of transformers");
}

/** The config.json that makes transformers rebuild this model; `dtype` is the one the weights are stored in. */
export function toHfConfig(config: DecoderConfig, dtype: "float32" | "bfloat16" | "float16"): Record<string, unknown> {
  const [firstEos, ...otherEos] = config.eosTokenIds;
  const common = {
    architectures: [ARCHITECTURES[config.modelType]],
    model_type: config.modelType,
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    num_hidden_layers: config.numLayers,
    num_attention_heads: config.numHeads,
    num_key_value_heads: config.numKvHeads,
    head_dim: config.headDim,
    intermediate_size: config.intermediateSize,
    hidden_act: "silu",
    rms_norm_eps: config.rmsNormEps,
    rope_theta: config.ropeTheta,
    rope_scaling: toHfRopeScaling(config.ropeScaling),
    tie_word_embeddings: config.tieWordEmbeddings,
    max_position_embeddings: config.maxPositionEmbeddings,
    eos_token_id: otherEos.length > 0 ? config.eosTokenIds : (firstEos ?? null),
    bos_token_id: config.bosTokenId,
    attention_dropout: 0,
    initializer_range: 0.02,
    use_cache: true,
    torch_dtype: dtype,
  };
  const pattern = toHfAttentionPattern(config.modelType, config.numLayers, config);
  const biases = { attention_bias: config.outBias, mlp_bias: config.mlpBias };
  if (config.modelType === "llama" || config.modelType === "smollm3") return { ...common, ...biases, ...pattern };
  return { ...common, ...(config.modelType === "qwen3" ? { attention_bias: config.outBias } : {}), ...pattern };
}

/**
 * Every parameter with its shape, by Hugging Face name, in the order of the forward pass. Projections are [out, in];
 * lm_head.weight only when the embeddings are not tied.
 */
export function parameterShapes(config: DecoderConfig): Map<string, number[]> {
  const { hiddenSize, intermediateSize, headDim, numHeads, numKvHeads, vocabSize } = config;
  const shapes = new Map<string, number[]>([["model.embed_tokens.weight", [vocabSize, hiddenSize]]]);
  for (let layer = 0; layer < config.numLayers; layer++) {
    const set = (name: string, ...shape: number[]) => shapes.set(`model.layers.${layer}.${name}`, shape);
    set("input_layernorm.weight", hiddenSize);
    for (const [name, heads] of [
      ["q_proj", numHeads],
      ["k_proj", numKvHeads],
      ["v_proj", numKvHeads],
    ] as const) {
      set(`self_attn.${name}.weight`, heads * headDim, hiddenSize);
      if (config.qkvBias) set(`self_attn.${name}.bias`, heads * headDim);
    }
    if (config.qkNorm) {
      set("self_attn.q_norm.weight", headDim);
      set("self_attn.k_norm.weight", headDim);
    }
    set("self_attn.o_proj.weight", hiddenSize, numHeads * headDim);
    if (config.outBias) set("self_attn.o_proj.bias", hiddenSize);
    set("post_attention_layernorm.weight", hiddenSize);
    for (const [name, outSize, inSize] of [
      ["gate_proj", intermediateSize, hiddenSize],
      ["up_proj", intermediateSize, hiddenSize],
      ["down_proj", hiddenSize, intermediateSize],
    ] as const) {
      set(`mlp.${name}.weight`, outSize, inSize);
      if (config.mlpBias) set(`mlp.${name}.bias`, outSize);
    }
  }
  shapes.set("model.norm.weight", [hiddenSize]);
  if (!config.tieWordEmbeddings) shapes.set("lm_head.weight", [vocabSize, hiddenSize]);
  return shapes;
}
