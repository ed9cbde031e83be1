// Attention in blocks of a few queries that read only the keys they may see, instead of all tokens of a row against all others with
// most of it masked: what makes long rows, and rows of many responses to one prompt, cheap. Which tokens a block holds comes with the
// feeds (grpo/attention-plan.ts), so one graph serves every packing. Numbers are those of attention() in blocks.ts.

import { transposeLast } from "../autodiff/vjp-rules/linear.ts";
import { product, type Dim } from "../onnx/dims.ts";
import type { Graph, Value } from "../onnx/graph.ts";
import { float32, int64 } from "../tensor/tensor.ts";
import type { DecoderConfig } from "./config.ts";
import type { Attend } from "./decoder.ts";

/** Blocks of one size are computed together; a run has so many sizes, each with at least one block. */
export const BLOCK_GROUPS = 3;

type Heads = Pick<DecoderConfig, "numHeads" | "numKvHeads" | "headDim">;

/** Symbols of a group's sizes: its blocks, queries and keys of each. */
export function blockSymbols(group: number): { readonly C: string; readonly Q: string; readonly L: string } {
  return { C: `C${group}`, Q: `Q${group}`, L: `L${group}` };
}

interface BlockGroup extends ReturnType<typeof blockSymbols> {
  /** int64 [C, Hkv, H / Hkv, Q], rows of [N H, D]. */
  readonly queryRows: Value;
  /** int64 [C, Hkv, L], rows of [N Hkv, D]. */
  readonly keyRows: Value;
  /** [C, 1, Q, L]: 0 where a query may see a key, else -1e9. */
  readonly bias: Value;
  /** The same for layers with a window. */
  readonly windowedBias: Value;
}

/** What the backward pass reads of a group: [C, Hkv, H / Hkv Q, D], keys and values [C, Hkv, L, D], probabilities [C, Hkv, H / Hkv Q, L]. */
interface Kept {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
  readonly p: Value;
  readonly o: Value;
}

/**
 * Attention among N tokens, each of them the query of one block. Declares the inputs of each group g: "blocks/g/queries" int64 [C, Q] and
 * "blocks/g/keys" int64 [C, L], tokens of each block, "blocks/g/bias" float32 [C, 1, Q, L], and "blocks/g/windowedBias" where layers have
 * a window; and, int64 [N] for all groups, "blocks/starts", "blocks/strides" and "blocks/offsets": of each token's block the queries
 * before it, those in it, and the token's place among these. A key that no query of its block may see gets a gradient of zero.
 */
export function attentionInBlocks(graph: Graph, config: DecoderConfig, N: Dim): Attend {
  const sliding = new Set(config.slidingLayers);
  const groups = Array.from({ length: BLOCK_GROUPS }, (_, group) => graph.scoped("blocks", () => declareGroup(graph, config, group)));
  const places = graph.scoped("blocks", () => declarePlaces(graph, config, N));
  return (layer, q, k, v) => {
    let kept: readonly Kept[] = [];
    const outputs = graph.composite(
      [q, k, v],
      () => {
        const [queries, keys, values] = [headRows(graph, q, config), headRows(graph, k, config), headRows(graph, v, config)];
        kept = groups.map((group) => attend(graph, config, group, queries, keys, values, sliding.has(layer)));
        return [inPlace(graph, config, kept.map(({ o }) => o), places, N)]; // prettier-ignore
      },
      ([gradient]) => backward(graph, config, groups, kept, gradient as Value, places, N),
    );
    return outputs[0] as Value;
  };
}

function declareGroup(graph: Graph, config: DecoderConfig, index: number): BlockGroup {
  const { numHeads: H, numKvHeads } = config;
  const { C, Q, L } = blockSymbols(index);
  const name = `blocks/${index}`;
  const perKey = H / numKvHeads;
  const counting = (shape: readonly number[]) => graph.constant(int64(shape, [...Array(shape.reduce((a, b) => a * b)).keys()]));
  const rowsOf = (tokens: Value, heads: number, shape: readonly number[]) => {
    const first = graph.op("Mul", [tokens, graph.constant(int64([], [heads]))], {});
    return graph.op("Add", [first, counting(shape)], {});
  };
  const queries = graph.reshape(graph.input(`${name}/queries`, "int64", [C, Q]), [C, 1, 1, Q]);
  const keys = graph.reshape(graph.input(`${name}/keys`, "int64", [C, L]), [C, 1, L]);
  const biasInput = (what: string) => graph.input(`${name}/${what}`, "float32", [C, 1, Q, L]);
  const bias = biasInput("bias");
  return {
    ...{ C, Q, L },
    queryRows: rowsOf(queries, H, [numKvHeads, perKey, 1]),
    keyRows: rowsOf(keys, numKvHeads, [numKvHeads, 1]),
    bias,
    windowedBias: config.slidingWindow === null ? bias : biasInput("windowedBias"),
  };
}

/** int64 [N, H]: where each token's heads lie among the rows [sum of C H Q, D] that the groups give. */
function declarePlaces(graph: Graph, { numHeads: H }: Heads, N: Dim): Value {
  const column = (name: string) => graph.reshape(graph.input(`blocks/${name}`, "int64", [N]), [N, 1]);
  const mul = (a: Value, b: Value) => graph.op("Mul", [a, b], {});
  const [starts, strides, offsets] = [column("starts"), column("strides"), column("offsets")];
  const first = graph.op("Add", [mul(starts, graph.constant(int64([], [H]))), offsets], {});
  return graph.op("Add", [first, mul(strides, graph.constant(int64([1, H], [...Array(H).keys()])))], {});
}

/** [N, heads D] as [N heads, D]. */
function headRows(graph: Graph, value: Value, { headDim }: Heads): Value {
  return graph.reshape(value, [-1, headDim]);
}

function gatherQueries(graph: Graph, { numKvHeads, numHeads, headDim }: Heads, { C, Q, queryRows }: BlockGroup, rows: Value): Value {
  const gathered = graph.op("Gather", [rows, queryRows], { axis: 0 });
  return graph.reshape(gathered, [C, numKvHeads, product([numHeads / numKvHeads, Q]), headDim]);
}

function attend(graph: Graph, heads: Heads, group: BlockGroup, queries: Value, keys: Value, values: Value, hasWindow: boolean): Kept {
  const { C, Q, L } = group;
  const { numHeads, numKvHeads } = heads;
  const q = gatherQueries(graph, heads, group, queries);
  const [k, v] = [keys, values].map((rows) => graph.op("Gather", [rows, group.keyRows], { axis: 0 })) as [Value, Value];
  const scores = graph.op("MatMul", [q, transposeLast(graph, k)], {});
  const bias = hasWindow ? group.windowedBias : group.bias;
  const masked = graph.op("Add", [graph.reshape(scores, [C, numHeads, Q, L]), bias], {});
  const p = graph.reshape(graph.op("Softmax", [masked], { axis: -1 }), [C, numKvHeads, product([numHeads / numKvHeads, Q]), L]);
  return { q, k, v, p, o: graph.op("MatMul", [p, v], {}) };
}

/** Values of all groups' queries as [N, H D]. */
function inPlace(graph: Graph, { numHeads, headDim }: Heads, values: readonly Value[], places: Value, N: Dim): Value {
  const rows = values.map((value) => graph.reshape(value, [-1, headDim]));
  const all = rows.length === 1 ? (rows[0] as Value) : graph.op("Concat", rows, { axis: 0 });
  return graph.reshape(graph.op("Gather", [all, places], { axis: 0 }), [N, numHeads * headDim]);
}

/** With P the probabilities: dV = P^T dO, dS = P (dO V^T - rowsum(dO O)), dQ = dS K, dK = dS^T Q; of keys the sum over the blocks. */
function backward(
  graph: Graph,
  heads: Heads,
  groups: readonly BlockGroup[],
  kept: readonly Kept[],
  gradient: Value,
  places: Value,
  N: Dim,
): Value[] {
  const { numKvHeads, headDim } = heads;
  const mul = (a: Value, b: Value) => graph.op("Mul", [a, b], {});
  const matmul = (a: Value, b: Value) => graph.op("MatMul", [a, b], {});
  const gradientRows = headRows(graph, gradient, heads);
  const parts = groups.map((group, i) => {
    const { q, k, v, p, o } = kept[i] as Kept;
    const dO = gatherQueries(graph, heads, group, gradientRows);
    const inner = graph.op("ReduceSum", [mul(dO, o)], { axes: [-1], keepDims: true });
    const dS = mul(p, graph.op("Sub", [matmul(dO, transposeLast(graph, v)), inner], {}));
    return { dQ: matmul(dS, k), dK: matmul(transposeLast(graph, dS), q), dV: matmul(transposeLast(graph, p), dO) };
  });
  const sumOf = (which: "dK" | "dV") => {
    const zeros = graph.op("Expand", [graph.constant(float32([1, 1], [0]))], { shape: [product([N, numKvHeads]), headDim] });
    const sum = parts.reduce((target, part, i) => {
      const { C, L, keyRows } = groups[i] as BlockGroup;
      const rows = product([C, numKvHeads, L]);
      const updates = graph.reshape(part[which], [rows, headDim]);
      return graph.op("ScatterND", [target, graph.reshape(keyRows, [rows, 1]), updates], { reduction: "add" });
    }, zeros);
    return graph.reshape(sum, [N, numKvHeads * headDim]);
  };
  return [inPlace(graph, heads, parts.map(({ dQ }) => dQ), places, N), sumOf("dK"), sumOf("dV")]; // prettier-ignore
}
