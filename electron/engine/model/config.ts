// The decoder architecture as the engine sees it, read from and written to Hugging Face config.json, and the parameters that
// follow from it. A field that would change the arithmetic and is not implemented is an error here, never skipped. Reading files
// is hf-folder.ts; the arithmetic itself lives with the decoder graph. Dropout fields are not read: scoring and training run
// without dropout.

import { WorkbenchError } from "../../../shared/errors.ts";

export const MODEL_TYPES = ["qwen2", "qwen3", "llama", "mistral"] as const;
export type ModelType = (typeof MODEL_TYPES)[number];

/** Pre-norm decoder: RMSNorm, rotary positions (half-split, as in transformers), grouped-query attention, SwiGLU, no other biases than qkvBias. */
export interface DecoderConfig {
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
  /** The output projection is the embedding matrix. */
  readonly tieWordEmbeddings: boolean;
  /** Biases on q_proj, k_proj and v_proj (Qwen2). */
  readonly qkvBias: boolean;
  /** RMSNorm over headDim of every query and key head before rotation (Qwen3). */
  readonly qkNorm: boolean;
  readonly maxPositionEmbeddings: number;
  /** Empty when the file names none. */
  readonly eosTokenIds: readonly number[];
  readonly bosTokenId: number | null;
}

const ARCHITECTURES = {
  qwen2: "Qwen2ForCausalLM",
  qwen3: "Qwen3ForCausalLM",
  llama: "LlamaForCausalLM",
  mistral: "MistralForCausalLM",
} as const satisfies Record<ModelType, string>;

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

/** Typed access to the fields of one file, with errors that name file and field. */
class Fields {
  private readonly fields: JsonObject;
  private readonly where: string;

  constructor(fields: JsonObject, where: string) {
    this.fields = fields;
    this.where = where;
  }

  get(name: string): unknown {
    return this.fields[name];
  }

  invalid(name: string, expected: string): WorkbenchError {
    const got = show(this.fields[name]);
    return new WorkbenchError("invalid-config", `field "${name}" is missing or not usable`, {
      where: `${this.where}: ${name}`,
      expected,
      got,
    });
  }

  unsupported(name: string, expected: string): WorkbenchError {
    const got = show(this.fields[name]);
    return new WorkbenchError("unsupported-architecture", `field "${name}" asks for arithmetic that is not supported`, {
      where: `${this.where}: ${name}`,
      expected,
      got,
    });
  }

  /** Absent and null both take the fallback; without a fallback they are an error. */
  positiveInteger(name: string, fallback?: number): number {
    const value = this.fields[name] ?? fallback;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1) throw this.invalid(name, "a positive integer");
    return value;
  }

  positiveNumber(name: string, fallback: number): number {
    const value = this.fields[name] ?? fallback;
    if (typeof value !== "number" || !Number.isFinite(value) || value <= 0) throw this.invalid(name, "a positive number");
    return value;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.fields[name] ?? fallback;
    if (typeof value !== "boolean") throw this.invalid(name, "true or false");
    return value;
  }

  tokenIds(name: string, vocabSize: number): number[] {
    const value = this.fields[name] ?? [];
    const ids: unknown[] = Array.isArray(value) ? value : [value];
    return ids.map((id) => {
      if (typeof id !== "number" || !Number.isSafeInteger(id) || id < 0 || id >= vocabSize) {
        throw this.invalid(name, `token ids from 0 to ${vocabSize - 1}`);
      }
      return id;
    });
  }
}

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
  const config: DecoderConfig = {
    modelType,
    vocabSize,
    hiddenSize,
    numLayers: fields.positiveInteger("num_hidden_layers"),
    numHeads,
    numKvHeads:
      modelType === "llama" ? fields.positiveInteger("num_key_value_heads", numHeads) : fields.positiveInteger("num_key_value_heads"),
    headDim: readHeadDim(fields, modelType, hiddenSize, numHeads),
    intermediateSize: fields.positiveInteger("intermediate_size"),
    rmsNormEps: fields.positiveNumber("rms_norm_eps", 1e-6),
    ropeTheta: readRopeTheta(fields, where),
    tieWordEmbeddings: fields.boolean("tie_word_embeddings", false),
    qkvBias: modelType === "qwen2",
    qkNorm: modelType === "qwen3",
    maxPositionEmbeddings: fields.positiveInteger("max_position_embeddings"),
    eosTokenIds: fields.tokenIds("eos_token_id", vocabSize),
    bosTokenId: fields.tokenIds("bos_token_id", vocabSize)[0] ?? null,
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

/** Transformers 4 keeps rope_theta at the top, transformers 5 inside rope_parameters. */
function readRopeTheta(fields: Fields, where: string): number {
  const parameters = fields.get("rope_parameters");
  if (isObject(parameters) && parameters["rope_theta"] !== undefined) {
    return new Fields(parameters, `${where}: rope_parameters`).positiveNumber("rope_theta", 10000);
  }
  return fields.positiveNumber("rope_theta", 10000);
}

function rejectUnsupported(fields: Fields, modelType: ModelType): void {
  const activation = fields.get("hidden_act") ?? "silu";
  if (activation !== "silu" && activation !== "swish") throw fields.unsupported("hidden_act", '"silu"');
  for (const name of ["rope_scaling", "rope_parameters"]) {
    const rope = fields.get(name) ?? null;
    if (rope === null) continue;
    if (!isObject(rope)) throw fields.invalid(name, "an object or null");
    const type = rope["rope_type"] ?? rope["type"] ?? "default";
    const partial = rope["partial_rotary_factor"] ?? 1;
    if (type !== "default" || partial !== 1) throw fields.unsupported(name, 'null or rope_type "default" over whole heads');
  }
  if ((fields.get("partial_rotary_factor") ?? 1) !== 1) throw fields.unsupported("partial_rotary_factor", "1");
  if (modelType !== "qwen2" && fields.boolean("attention_bias", false)) throw fields.unsupported("attention_bias", "false");
  if (fields.boolean("mlp_bias", false)) throw fields.unsupported("mlp_bias", "false");
  if ((fields.get("quantization_config") ?? null) !== null) throw fields.unsupported("quantization_config", "unquantised weights");
  rejectSlidingWindow(fields, modelType);
}

/** Qwen configs carry a window that is off unless use_sliding_window; Mistral's is on whenever it is set. */
function rejectSlidingWindow(fields: Fields, modelType: ModelType): void {
  const layerTypes = fields.get("layer_types") ?? [];
  if (!Array.isArray(layerTypes)) throw fields.invalid("layer_types", "a list or null");
  if (layerTypes.some((type) => type !== "full_attention")) throw fields.unsupported("layer_types", 'only "full_attention"');
  if (fields.boolean("use_sliding_window", false)) throw fields.unsupported("use_sliding_window", "false");
  const window = fields.get("sliding_window") ?? null;
  if (modelType !== "mistral" || window === null) return;
  const positions = fields.positiveInteger("max_position_embeddings");
  if (fields.positiveInteger("sliding_window") < positions) throw fields.unsupported("sliding_window", `null or at least ${positions}`);
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
    rope_scaling: null,
    tie_word_embeddings: config.tieWordEmbeddings,
    max_position_embeddings: config.maxPositionEmbeddings,
    eos_token_id: otherEos.length > 0 ? config.eosTokenIds : (firstEos ?? null),
    bos_token_id: config.bosTokenId,
    attention_dropout: 0,
    initializer_range: 0.02,
    use_cache: true,
    torch_dtype: dtype,
  };
  if (config.modelType === "mistral") return { ...common, sliding_window: null };
  if (config.modelType === "llama") return { ...common, attention_bias: false, mlp_bias: false };
  const qwen = { ...common, use_sliding_window: false, sliding_window: null };
  return config.modelType === "qwen3" ? { ...qwen, attention_bias: false } : qwen;
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
    set("post_attention_layernorm.weight", hiddenSize);
    set("mlp.gate_proj.weight", intermediateSize, hiddenSize);
    set("mlp.up_proj.weight", intermediateSize, hiddenSize);
    set("mlp.down_proj.weight", hiddenSize, intermediateSize);
  }
  shapes.set("model.norm.weight", [hiddenSize]);
  if (!config.tieWordEmbeddings) shapes.set("lm_head.weight", [vocabSize, hiddenSize]);
  return shapes;
}
