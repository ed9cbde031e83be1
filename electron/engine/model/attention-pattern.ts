// Which layers of a decoder see only a window of tokens and which go without rotary positions, read from and written to the
// fields that each model type keeps this in.

import type { Fields } from "./config-fields.ts";
import type { ModelType } from "./config.ts";

export interface AttentionPattern {
  /** Tokens that a position of a windowed layer sees, itself included; null where every layer sees all before it. */
  readonly slidingWindow: number | null;
  /** Layers with the window, ascending; empty without one. */
  readonly slidingLayers: readonly number[];
  /** Layers without rotary positions, ascending. */
  readonly unrotatedLayers: readonly number[];
}

export const PLAIN_PATTERN: AttentionPattern = { slidingWindow: null, slidingLayers: [], unrotatedLayers: [] };

/** Defaults of the configuration classes where a file leaves the field out. */
const DEFAULT_WINDOW = 4096;
const DEFAULT_MAX_WINDOW_LAYERS = 28;
const DEFAULT_NO_ROPE_INTERVAL = 4;

/** A window that no sequence of `maxPositions` reaches is none. Throws "unsupported-architecture" and "invalid-config". */
export function parseAttentionPattern(fields: Fields, modelType: ModelType, numLayers: number, maxPositions: number): AttentionPattern {
  const unrotatedLayers = readUnrotatedLayers(fields, modelType, numLayers);
  const window = readWindow(fields, modelType);
  const declared = declaredSlidingLayers(fields, numLayers);
  const usual = window === null ? [] : usualSlidingLayers(fields, modelType, numLayers, unrotatedLayers);
  // These classes have no say over single layers.
  const fixed = modelType === "llama" || modelType === "mistral" || modelType === "ministral3";
  if (declared !== undefined && fixed && declared.join() !== usual.join()) {
    throw fields.unsupported("layer_types", usual.length === 0 ? 'only "full_attention"' : 'only "sliding_attention"');
  }
  const slidingLayers = declared ?? usual;
  if (slidingLayers.length > 0 && window === null) throw fields.invalid("sliding_window", "a window for the layers of layer_types");
  if (window === null || window >= maxPositions || slidingLayers.length === 0) return { ...PLAIN_PATTERN, unrotatedLayers };
  return { slidingWindow: window, slidingLayers, unrotatedLayers };
}

/** Mistral's window is on unless it is null, Ministral 3's where it is given; the others' is off unless use_sliding_window. */
function readWindow(fields: Fields, modelType: ModelType): number | null {
  if (modelType === "llama") {
    if (fields.boolean("use_sliding_window", false)) throw fields.unsupported("use_sliding_window", "false");
    return null;
  }
  if (modelType === "ministral3") return (fields.get("sliding_window") ?? null) === null ? null : fields.positiveInteger("sliding_window");
  const isOn = modelType === "mistral" || modelType === "ministral" || fields.boolean("use_sliding_window", false);
  if (!isOn || fields.get("sliding_window") === null) return null;
  return fields.positiveInteger("sliding_window", modelType === "smollm3" ? undefined : DEFAULT_WINDOW);
}

function declaredSlidingLayers(fields: Fields, numLayers: number): number[] | undefined {
  const types = fields.get("layer_types") ?? undefined;
  if (types === undefined) return undefined;
  if (!Array.isArray(types) || types.length !== numLayers) throw fields.invalid("layer_types", `a list of ${numLayers}, or null`);
  if (types.some((type) => type !== "full_attention" && type !== "sliding_attention")) {
    throw fields.unsupported("layer_types", '"full_attention" or "sliding_attention"');
  }
  return layersWhere(numLayers, (layer) => types[layer] === "sliding_attention");
}

function usualSlidingLayers(fields: Fields, modelType: ModelType, numLayers: number, unrotated: readonly number[]): readonly number[] {
  if (modelType === "smollm3") return unrotated;
  if (modelType === "mistral" || modelType === "ministral" || modelType === "ministral3") return layersWhere(numLayers, () => true);
  // Zero is a meaningful value here: all layers.
  const given = fields.get("max_window_layers") ?? DEFAULT_MAX_WINDOW_LAYERS;
  const first = given === 0 ? 0 : fields.positiveInteger("max_window_layers", DEFAULT_MAX_WINDOW_LAYERS);
  return layersWhere(numLayers, (layer) => layer >= first);
}

/** SmolLM3 lists its layers with 1 = rotated, 0 = not, or goes without in every fourth. */
function readUnrotatedLayers(fields: Fields, modelType: ModelType, numLayers: number): number[] {
  if (modelType !== "smollm3") {
    const list = fields.get("no_rope_layers") ?? [];
    if (!Array.isArray(list) || list.some((rotated) => rotated !== 1)) throw fields.unsupported("no_rope_layers", "null");
    return [];
  }
  const list = fields.get("no_rope_layers") ?? undefined;
  if (list === undefined) {
    const interval = fields.positiveInteger("no_rope_layer_interval", DEFAULT_NO_ROPE_INTERVAL);
    return layersWhere(numLayers, (layer) => (layer + 1) % interval === 0);
  }
  const isUsable = Array.isArray(list) && list.length >= numLayers && list.every((rotated) => rotated === 0 || rotated === 1);
  if (!isUsable) throw fields.invalid("no_rope_layers", `at least ${numLayers} times 0 or 1`);
  return layersWhere(numLayers, (layer) => list[layer] === 0);
}

function layersWhere(numLayers: number, holds: (layer: number) => boolean): number[] {
  return Array.from({ length: numLayers }, (_, layer) => layer).filter(holds);
}

/** The fields that parseAttentionPattern reads back to the same pattern. */
export function toHfAttentionPattern(modelType: ModelType, numLayers: number, pattern: AttentionPattern): Record<string, unknown> {
  if (modelType === "llama") return {};
  const { slidingWindow, slidingLayers, unrotatedLayers } = pattern;
  const window = { sliding_window: slidingWindow };
  if (modelType === "mistral" || modelType === "ministral3") return window;
  const sliding = new Set(slidingLayers);
  const types = Array.from({ length: numLayers }, (_, layer) => (sliding.has(layer) ? "sliding_attention" : "full_attention"));
  // Readers from before the field existed go by the window alone, so a model without one does not get it.
  const layers = slidingWindow === null ? {} : { layer_types: types };
  if (modelType === "ministral") return { ...window, ...layers };
  const switched = { use_sliding_window: slidingWindow !== null, ...window, ...layers };
  if (modelType !== "smollm3") {
    const first = slidingLayers[0] ?? numLayers;
    return slidingWindow === null ? switched : { ...switched, max_window_layers: first };
  }
  const unrotated = new Set(unrotatedLayers);
  return { ...switched, no_rope_layers: Array.from({ length: numLayers }, (_, layer) => (unrotated.has(layer) ? 0 : 1)) };
}
