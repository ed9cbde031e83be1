// The decoder architecture as the engine sees it, read from and written to Hugging Face config.json, and the parameters that
// follow from it. A field that would change the arithmetic and is not implemented is an error here, never skipped. Reading files
// is hf-folder.ts; the arithmetic itself lives with the decoder graph. Dropout fields are not read: scoring and training run
// without dropout.

import { WorkbenchError } from "../../../shared/errors.ts";
import { parseAttentionPattern, PLAIN_PATTERN, toHfAttentionPattern, type AttentionPattern } from "./attention-pattern.ts";
import { Fields, isObject, show, type JsonObject } from "./config-fields.ts";
import { DEFAULT_ROPE, MINISTRAL3_ROPE, parseRopeScaling, ropeContextLimit, toHfRopeScaling, type RopeScaling } from "./rope.ts";

export const MODEL_TYPES = ["qwen2", "qwen3", "llama", "mistral", "ministral", "ministral3", "smollm3"] as const;
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
  ministral3: "Ministral3ForCausalLM",
  smollm3: "SmolLM3ForCausalLM",
} as const satisfies Record<ModelType, string>;

/**
 * Reads a parsed config.json; `where` names the file in errors. Defaults for absent fields are those of the transformers
 * configuration class of the model type. Throws "unsupported-architecture" and "invalid-config".
 */
export function parseHfConfig(json: unknown, where = "config.json"): DecoderConfig {
  if (!isObject(json)) throw new WorkbenchError("invalid-config", "not a JSON object", { where, expected: "an object", got: show(json) });
  const fields = textFields(json, where);
  const modelType = readModelType(fields);
  rejectUnsupported(fields, modelType);
  const numHeads = fields.positiveInteger("num_attention_heads");
  const hiddenSize = fields.positiveInteger("hidden_size");
  const vocabSize = fields.positiveInteger("vocab_size");
  const numLayers = fields.positiveInteger("num_hidden_layers");
  const attentionBias = !isMistral(modelType) && fields.boolean("attention_bias", false);
  const mayLackKvHeads = modelType === "llama" || modelType === "ministral3";
  const { ropeTheta, ropeScaling, maxPositionEmbeddings } = readRope(fields, modelType);
  const config: DecoderConfig = {
    modelType,
    vocabSize,
    hiddenSize,
    numLayers,
    numHeads,
    numKvHeads: fields.positiveInteger("num_key_value_heads", mayLackKvHeads ? numHeads : undefined),
    headDim: readHeadDim(fields, modelType, hiddenSize, numHeads),
    intermediateSize: fields.positiveInteger("intermediate_size"),
    rmsNormEps: fields.positiveNumber("rms_norm_eps", modelType === "ministral3" ? 1e-5 : 1e-6),
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

/** Fields that a model of several parts may keep for all of them. */
const SHARED_FIELDS = ["eos_token_id", "bos_token_id", "tie_word_embeddings", "quantization_config", "auto_map"];

/** A model that reads images too keeps its decoder's fields in text_config; of such a model this is the part that is used. */
function textFields(json: JsonObject, where: string): Fields {
  const text = json["text_config"];
  if (json["model_type"] !== "mistral3" || !isObject(text)) return new Fields(json, where);
  const shared = SHARED_FIELDS.flatMap((name) => (name in json ? [[name, json[name]] as const] : []));
  return new Fields({ ...Object.fromEntries(shared), ...text }, `${where}: text_config`);
}

/** The classes without biases. */
function isMistral(modelType: ModelType): boolean {
  return modelType === "mistral" || modelType === "ministral" || modelType === "ministral3";
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
  const isFixed = modelType === "qwen3" || modelType === "ministral3";
  const headDim = fields.positiveInteger("head_dim", isFixed ? 128 : hiddenSize / numHeads);
  if (headDim % 2 !== 0) throw fields.invalid("head_dim", "an even number (rotary positions turn pairs)");
  return headDim;
}

/** Transformers 4 keeps rope_theta at the top and the rest in rope_scaling, transformers 5 both inside rope_parameters. */
function readRope(fields: Fields, modelType: ModelType): Pick<DecoderConfig, "ropeTheta" | "ropeScaling" | "maxPositionEmbeddings"> {
  const isMinistral3 = modelType === "ministral3";
  const scaling = fields.nested("rope_scaling");
  const usual = isMinistral3 && scaling === null ? new Fields(MINISTRAL3_ROPE, "rope_parameters") : null;
  const parameters = fields.nested("rope_parameters") ?? usual;
  const maxPositions = fields.positiveInteger("max_position_embeddings");
  const [older, newer] = [scaling, parameters].map((rope) =>
    rope === null ? undefined : parseRopeScaling(rope, maxPositions, isMinistral3),
  );
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
  if (isMistral(modelType) && fields.boolean("attention_bias", false)) throw fields.unsupported("attention_bias", "false");
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
    ...toHfRope(config),
    tie_word_embeddings: config.tieWordEmbeddings,
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

function toHfRope({ modelType, ropeTheta, ropeScaling, maxPositionEmbeddings }: DecoderConfig): Record<string, unknown> {
  const scaling = toHfRopeScaling(ropeScaling);
  const limit = ropeScaling.type === "yarn" ? ropeScaling.longQueries?.maxPositions : undefined;
  const max_position_embeddings = limit ?? maxPositionEmbeddings;
  if (modelType !== "ministral3") return { rope_theta: ropeTheta, rope_scaling: scaling, max_position_embeddings };
  // A class that only knows the newer field.
  return { rope_parameters: { rope_theta: ropeTheta, ...(scaling ?? { rope_type: "default" }) }, max_position_embeddings };
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
