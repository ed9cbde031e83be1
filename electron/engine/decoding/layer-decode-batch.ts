// A batch whose steps run from one layer's attention to the next in graphs (layer-graphs.ts), and attend between them on this thread
// (attention-cache.ts). For a thread that computes alone: within a step nothing else could be shared out.

import type { DecoderConfig } from "../model/config.ts";
import { freeArray, OnnxSession, type RepeatedRun, type SessionOptions } from "../onnx/session.ts";
import { float32, int32 } from "../tensor/tensor.ts";
import type { AttentionCache, MemoryPool } from "./attention-cache.ts";
import type { DecoderWeights } from "./decoder-weights.ts";
import type { DecodeBatch, StepScores } from "./language-model.ts";
import { buildLayerGraphs, type LastGraph, type LayerGraph } from "./layer-graphs.ts";

type Opened<G> = G & { readonly session: OnnxSession };

export class LayerSessions {
  readonly layers: readonly Opened<LayerGraph>[];
  readonly last: Opened<LastGraph>;

  private constructor(layers: readonly Opened<LayerGraph>[], last: Opened<LastGraph>) {
    this.layers = layers;
    this.last = last;
  }

  static async open(config: DecoderConfig, weights: DecoderWeights, options: SessionOptions): Promise<LayerSessions> {
    const built = buildLayerGraphs(config, weights);
    const opened = async <G extends LayerGraph | LastGraph>(part: G): Promise<Opened<G>> => ({
      ...part,
      session: await OnnxSession.openBeside(part.graph, options),
    });
    const layers: Opened<LayerGraph>[] = [];
    for (const layer of built.layers) layers.push(await opened(layer));
    return new LayerSessions(layers, await opened(built.last));
  }

  async dispose(): Promise<void> {
    for (const { session } of [...this.layers, this.last]) await session.dispose();
  }
}

/** A step for so many rows: what its graphs read lies in arrays that stay. */
interface Runs {
  readonly ids: Int32Array;
  readonly residual: Float32Array;
  /** Each gives the residual and qkv. */
  readonly layers: readonly RepeatedRun[];
  /** Gives the scores. */
  readonly last: RepeatedRun;
}

export class LayerDecodeBatch implements DecodeBatch {
  readonly type = "scores";
  readonly promptLogits: Float32Array;
  private readonly config: DecoderConfig;
  private readonly temperature: number;
  private readonly cache: AttentionCache;
  private readonly pool: MemoryPool;
  private readonly open: () => Promise<LayerSessions>;
  private rows: number;
  private runs: Runs | undefined;
  private lastScores: Float32Array;

  constructor(
    config: DecoderConfig,
    temperature: number,
    promptLogits: Float32Array,
    rows: number,
    cache: AttentionCache,
    pool: MemoryPool,
    open: () => Promise<LayerSessions>,
  ) {
    this.config = config;
    this.temperature = temperature;
    this.promptLogits = promptLogits;
    this.lastScores = promptLogits;
    this.rows = rows;
    this.cache = cache;
    this.pool = pool;
    this.open = open;
  }

  async step(tokenIds: Int32Array): Promise<StepScores> {
    if (tokenIds.length !== this.rows) throw new Error(`${tokenIds.length} tokens for ${this.rows} rows`);
    const { ids, residual, layers, last } = (this.runs ??= this.runsOf(await this.open()));
    if (this.lastScores !== this.promptLogits) freeArray(this.lastScores);
    ids.set(tokenIds);
    for (const [layer, run] of layers.entries()) {
      const [sum, qkv] = (await run()) as [Float32Array, Float32Array];
      residual.set(sum);
      this.cache.mix(layer, qkv);
      freeArray(sum);
      freeArray(qkv);
    }
    [this.lastScores] = (await last()) as [Float32Array];
    this.cache.advance();
    return { type: this.temperature === 0 ? "logits" : "probabilities", data: this.lastScores };
  }

  keepRows(indices: readonly number[]): void {
    this.cache.keepRows(indices);
    this.rows = indices.length;
    this.runs = undefined;
  }

  dispose(): void {
    // A cache that held a NaN would poison the next batch: what is read beyond a row's last position counts 0, and 0 times NaN is NaN.
    if (this.lastScores.every(Number.isFinite)) this.cache.release(this.pool);
  }

  private runsOf({ layers, last }: LayerSessions): Runs {
    const { numHeads, headDim, hiddenSize } = this.config;
    const ids = int32([this.rows], new Int32Array(this.rows));
    const residual = float32([this.rows, hiddenSize]);
    const later = { residual, mixed: float32([this.rows, numHeads * headDim], this.cache.mixed) };
    const inverseTemperature = float32([], [1 / (this.temperature || 1)]);
    return {
      ids: ids.data as Int32Array,
      residual: residual.data,
      layers: layers.map((layer, index) => layer.session.repeated(index === 0 ? { ids } : later, [layer.residual, layer.qkv])),
      last: last.session.repeated({ ...later, inverseTemperature }, [this.temperature === 0 ? last.logits : last.probabilities]),
    };
  }
}
