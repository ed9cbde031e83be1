// Rotary positions: the frequencies at which pairs of features turn, and how they are stretched for contexts longer than a model
// was first trained on. Kinds and defaults are those of transformers' modeling_rope_utils; a kind or field beyond them is an
// error. Turning itself is done by graph operators.

import type { Fields } from "./config-fields.ts";

export type RopeScaling =
  | { readonly type: "default" }
  /** Positions divided by the factor. */
  | { readonly type: "linear"; readonly factor: number }
  /** Other frequencies only beyond the trained context, which the engine does not go past: there it is the default. */
  | { readonly type: "dynamic"; readonly factor: number }
  /** YaRN (arXiv 2309.00071). */
  | {
      readonly type: "yarn";
      readonly factor: number;
      readonly originalMaxPositions: number;
      /** Turns over the original context above which a pair keeps its frequency, and below which it is divided by the factor. */
      readonly betaFast: number;
      readonly betaSlow: number;
      /** Scales rotated queries and keys alike. */
      readonly attentionFactor: number;
      /** Whether the bounds between the two are rounded to whole pairs. */
      readonly truncate: boolean;
      /**
       * Ministral 3: queries beyond the original context are scaled too, by 1 + beta ln(1 + floor(position / original)). The engine does
       * not go past that context, where the factor is 1; both numbers are kept for whoever loads an export.
       */
      readonly longQueries?: { readonly beta: number; readonly maxPositions: number };
    }
  /** Llama 3.1: long wavelengths divided by the factor, short ones kept, a linear blend between. */
  | {
      readonly type: "llama3";
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      readonly originalMaxPositions: number;
    };

export const DEFAULT_ROPE: RopeScaling = { type: "default" };

/** The fields of each kind, beside those any kind may have. */
const KNOWN_FIELDS: Readonly<Record<RopeScaling["type"], readonly string[]>> = {
  default: [],
  linear: ["factor"],
  dynamic: ["factor", "original_max_position_embeddings"],
  yarn: [
    "factor",
    "original_max_position_embeddings",
    "beta_fast",
    "beta_slow",
    "attention_factor",
    "mscale",
    "mscale_all_dim",
    "truncate",
  ],
  llama3: ["factor", "original_max_position_embeddings", "low_freq_factor", "high_freq_factor"],
};
const COMMON_FIELDS: readonly string[] = ["rope_type", "type", "rope_theta", "partial_rotary_factor"];
/** What Ministral 3 keeps beside the fields of YaRN. */
const LONG_QUERY_FIELDS: readonly string[] = ["llama_4_scaling_beta", "max_position_embeddings"];

/** What Ministral 3 has where its file says nothing. */
export const MINISTRAL3_ROPE: Readonly<Record<string, unknown>> = {
  rope_type: "yarn",
  rope_theta: 1e6,
  factor: 16,
  original_max_position_embeddings: 16384,
  beta_fast: 32,
  beta_slow: 1,
  mscale: 1,
  mscale_all_dim: 1,
  llama_4_scaling_beta: 0.1,
};

/** Reads `rope_scaling` or `rope_parameters`, given as the fields of that object; `mayScaleQueries`: as Ministral 3 does. */
export function parseRopeScaling(rope: Fields, maxPositions: number, mayScaleQueries = false): RopeScaling {
  const name = rope.get("rope_type") === undefined && rope.get("type") !== undefined ? "type" : "rope_type";
  const kinds = Object.keys(KNOWN_FIELDS) as RopeScaling["type"][];
  const type = kinds.find((kind) => kind === (rope.get(name) ?? "default"));
  if (type === undefined) throw rope.unsupported(name, `one of ${kinds.join(", ")}`);
  if ((rope.get("partial_rotary_factor") ?? 1) !== 1) throw rope.unsupported("partial_rotary_factor", "1: whole heads");
  const beta = mayScaleQueries ? longQueryBeta(rope, type) : 0;
  // The default kind is fully described by its base, whatever else a file keeps beside it.
  if (type === "default") return DEFAULT_ROPE;
  const known = [...COMMON_FIELDS, ...KNOWN_FIELDS[type], ...(mayScaleQueries ? LONG_QUERY_FIELDS : [])];
  const foreign = rope.names().find((field) => !known.includes(field) && rope.get(field) !== null);
  if (foreign !== undefined) throw rope.unsupported(foreign, `only fields of rope_type "${type}": ${KNOWN_FIELDS[type].join(", ")}`);
  const factor = rope.positiveNumber("factor");
  const originalMaxPositions = rope.positiveInteger("original_max_position_embeddings", type === "llama3" ? undefined : maxPositions);
  if (type === "linear" || type === "dynamic") return { type, factor };
  if (type === "llama3") {
    const [lowFreqFactor, highFreqFactor] = [rope.positiveNumber("low_freq_factor"), rope.positiveNumber("high_freq_factor")];
    if (highFreqFactor <= lowFreqFactor) throw rope.invalid("high_freq_factor", `more than low_freq_factor (${lowFreqFactor})`);
    return { type, factor, lowFreqFactor, highFreqFactor, originalMaxPositions };
  }
  return {
    type,
    factor,
    originalMaxPositions,
    betaFast: rope.positiveNumber("beta_fast", 32),
    betaSlow: rope.positiveNumber("beta_slow", 1),
    attentionFactor: rope.positiveNumber("attention_factor", yarnAttentionFactor(rope, factor)),
    truncate: rope.boolean("truncate", true),
    ...(beta === 0 ? {} : { longQueries: { beta, maxPositions } }),
  };
}

/** 0 where queries are not scaled by position. */
function longQueryBeta(rope: Fields, type: RopeScaling["type"]): number {
  const beta = rope.get("llama_4_scaling_beta") ?? 0;
  if (beta === 0) return 0;
  if (type !== "yarn") throw rope.unsupported("llama_4_scaling_beta", 'only with rope_type "yarn"');
  return rope.positiveNumber("llama_4_scaling_beta");
}

/** What the file may leave out: 0.1 ln(factor) + 1, or the ratio of two such where it gives both weights of the logarithm. */
function yarnAttentionFactor(rope: Fields, factor: number): number {
  const stretch = (weight: number) => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1);
  const [mscale, mscaleAllDim] = [rope.get("mscale") ?? null, rope.get("mscale_all_dim") ?? null];
  if (mscale === null || mscaleAllDim === null) return stretch(1);
  return stretch(rope.positiveNumber("mscale")) / stretch(rope.positiveNumber("mscale_all_dim"));
}

/**
 * Longest context of the scaling: the dynamic kind is only the default up to the length it was trained on, and queries are only
 * scaled by position beyond it.
 */
export function ropeContextLimit(rope: Fields | null, maxPositions: number): number {
  if (rope === null) return maxPositions;
  const isDynamic = (rope.get("rope_type") ?? rope.get("type")) === "dynamic";
  if (!isDynamic && (rope.get("llama_4_scaling_beta") ?? 0) === 0) return maxPositions;
  return Math.min(maxPositions, rope.positiveInteger("original_max_position_embeddings", maxPositions));
}

/** The object that parseRopeScaling reads back; null for the default kind. */
export function toHfRopeScaling(scaling: RopeScaling): Readonly<Record<string, unknown>> | null {
  switch (scaling.type) {
    case "default":
      return null;
    case "linear":
    case "dynamic":
      return { rope_type: scaling.type, factor: scaling.factor };
    case "yarn":
      return {
        rope_type: scaling.type,
        factor: scaling.factor,
        original_max_position_embeddings: scaling.originalMaxPositions,
        beta_fast: scaling.betaFast,
        beta_slow: scaling.betaSlow,
        attention_factor: scaling.attentionFactor,
        truncate: scaling.truncate,
        ...(scaling.longQueries === undefined ? {} : { llama_4_scaling_beta: scaling.longQueries.beta }),
      };
    case "llama3":
      return {
        rope_type: scaling.type,
        factor: scaling.factor,
        original_max_position_embeddings: scaling.originalMaxPositions,
        low_freq_factor: scaling.lowFreqFactor,
        high_freq_factor: scaling.highFreqFactor,
      };
  }
}

export interface RopeConfig {
  readonly headDim: number;
  readonly ropeTheta: number;
  readonly ropeScaling: RopeScaling;
}

/** Radians a position that pair i of a head turns by, [headDim / 2]. */
export function rotaryFrequencies({ headDim, ropeTheta, ropeScaling }: RopeConfig): Float64Array {
  const plain = Float64Array.from({ length: headDim / 2 }, (_, i) => ropeTheta ** ((-2 * i) / headDim));
  switch (ropeScaling.type) {
    case "default":
    case "dynamic":
      return plain;
    case "linear":
      return plain.map((frequency) => frequency / ropeScaling.factor);
    case "llama3":
      return plain.map((frequency) => llama3Frequency(frequency, ropeScaling));
    case "yarn":
      return yarnFrequencies(plain, headDim, ropeTheta, ropeScaling);
  }
}

function llama3Frequency(frequency: number, scaling: RopeScaling & { type: "llama3" }): number {
  const turns = (scaling.originalMaxPositions * frequency) / (2 * Math.PI);
  if (turns < scaling.lowFreqFactor) return frequency / scaling.factor;
  if (turns > scaling.highFreqFactor) return frequency;
  const kept = (turns - scaling.lowFreqFactor) / (scaling.highFreqFactor - scaling.lowFreqFactor);
  return (1 - kept) * (frequency / scaling.factor) + kept * frequency;
}

function yarnFrequencies(plain: Float64Array, headDim: number, theta: number, scaling: RopeScaling & { type: "yarn" }): Float64Array {
  /** The (fractional) pair that turns so often over the original context. */
  const pairOf = (turns: number) => (headDim * Math.log(scaling.originalMaxPositions / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const round = scaling.truncate ? { down: Math.floor, up: Math.ceil } : { down: Number, up: Number };
  const first = Math.max(0, round.down(pairOf(scaling.betaFast)));
  const last = Math.min(headDim - 1, round.up(pairOf(scaling.betaSlow)));
  const width = last === first ? 0.001 : last - first;
  return plain.map((frequency, i) => {
    const divided = Math.min(1, Math.max(0, (i - first) / width));
    return (frequency / scaling.factor) * divided + frequency * (1 - divided);
  });
}

/**
 * What scores are multiplied by: 1 / sqrt(headDim), and the square of YaRN's attention factor where a layer rotates, since both
 * queries and keys would carry it.
 */
export function scoreScale({ headDim, ropeScaling }: RopeConfig, rotated: boolean): number {
  const factor = rotated && ropeScaling.type === "yarn" ? ropeScaling.attentionFactor : 1;
  return (factor * factor) / Math.sqrt(headDim);
}
