// The language model whose weights, caches and logits stay on a device (WebGPU): what crosses for each token is its id, its
// log-probability and two random keys, or its logits for those who ask for them. Weights are its own (`load`), or a policy's that is
// being trained (`sharing`). Batches are device-batch.ts and device-scores.ts; the graphs are device-graphs.ts and sampling-graph.ts.

import { WorkbenchError } from "../../../shared/errors.ts";
import type { ModelWeights } from "../model/block-quantisation.ts";
import type { DecoderConfig } from "../model/config.ts";
import type { LoraConfig } from "../model/lora.ts";
import type { Adapter } from "../model/peft-adapter.ts";
import { blockFormats, weightFeeds, type MatrixFormat } from "../model/quantised-linear.ts";
import { disposeAll, type DeviceTensor } from "../onnx/device-tensor.ts";
import { upload } from "../onnx/device-transfer.ts";
import type { Graph } from "../onnx/graph.ts";
import { OnnxSession, type PlacedOutputs, type SessionOptions } from "../onnx/session.ts";
import { float32, int64, type Float32Tensor, type HostTensor } from "../tensor/tensor.ts";
import { DeviceBatch, type Sampling } from "./device-batch.ts";
import { DeviceCaches } from "./device-caches.ts";
import { cacheNames, deviceDecodeGraph, devicePrefillGraph, joinCachesGraph, spreadCacheGraph, type DeviceModel } from "./device-graphs.ts";
import { DeviceRows } from "./device-rows.ts";
import { DeviceScores } from "./device-scores.ts";
import type { DecodeBatch, LanguageModel, PrefillGroup, PrefillSettings, SamplingBatch } from "./language-model.ts";
import { samplingGraph, type SamplingKind } from "./sampling-graph.ts";

/** Padded prompt tokens one prefill run takes, which bounds the memory of its activations. */
const PREFILL_TOKENS = 4096;
/** What ONNX Runtime's GroupQueryAttention asks of the size of a head. */
const HEAD_MULTIPLE = 8;

export interface DeviceModelOptions {
  readonly session: SessionOptions;
  readonly lora?: LoraConfig;
  /** Matrices that are in blocks or in float16. */
  readonly quantised?: ReadonlyMap<string, MatrixFormat>;
}

/** What one prefill run gave, and for each of its rows which of its prompts it continues. */
interface PrefilledPrompts {
  readonly outputs: PlacedOutputs;
  readonly rowsOf: readonly number[];
}

interface BegunRows {
  readonly rows: DeviceRows;
  readonly made: readonly PrefilledPrompts[];
}

export class DeviceLanguageModel implements LanguageModel {
  readonly vocabularySize: number;
  readonly contextLength: number;
  private readonly config: DecoderConfig;
  private readonly options: DeviceModelOptions;
  private readonly weights: () => ReadonlyMap<string, DeviceTensor>;
  /** Where the weights are this model's own. */
  private readonly owned: ReadonlyMap<string, DeviceTensor> | undefined;
  private readonly sessions = new Map<string, Promise<OnnxSession>>();

  private constructor(
    config: DecoderConfig,
    weights: () => ReadonlyMap<string, DeviceTensor>,
    owned: ReadonlyMap<string, DeviceTensor> | undefined,
    options: DeviceModelOptions,
  ) {
    this.config = config;
    this.weights = weights;
    this.owned = owned;
    this.options = { ...options, session: { ...options.session, deviceOnly: true } };
    this.vocabularySize = config.vocabSize;
    this.contextLength = config.maxPositionEmbeddings;
    requireHeadSize(config);
  }

  /** Takes a copy of the weights to the device, with an adapter beside them. Throws "device-unavailable" and "unsupported-architecture". */
  static async load(
    config: DecoderConfig,
    parameters: ModelWeights,
    { session, adapter }: { readonly session: SessionOptions; readonly adapter?: Adapter | undefined },
  ): Promise<DeviceLanguageModel> {
    requireHeadSize(config);
    const tensors = new Map([...Object.entries(weightFeeds(parameters)), ...(adapter?.tensors ?? [])]);
    const owned = await upload(tensors, session);
    const beside = adapter === undefined ? {} : { lora: adapter.lora };
    return new DeviceLanguageModel(config, () => owned, owned, { session, quantised: blockFormats(parameters), ...beside });
  }

  /** Samples with weights that belong to another, which may replace them between batches; they are asked for in every run. */
  static sharing(
    config: DecoderConfig,
    weights: () => ReadonlyMap<string, DeviceTensor>,
    options: DeviceModelOptions,
  ): DeviceLanguageModel {
    return new DeviceLanguageModel(config, weights, undefined, options);
  }

  async prefill(groups: readonly PrefillGroup[], settings: PrefillSettings): Promise<SamplingBatch> {
    const sampling = await this.openSampling(settings);
    const { rows, made } = await this.begin(groups, settings, "device");
    const prompts = made.map(({ outputs: { device }, rowsOf }) => ({ logits: device["logits"] as DeviceTensor, rows: rowsOf }));
    return new DeviceBatch({ rows, sampling, prompts, settings });
  }

  /** The same with the scores in host memory, as logits, instead of draws. */
  async prefillScores(groups: readonly PrefillGroup[], settings: PrefillSettings): Promise<DecodeBatch> {
    const { rows, made } = await this.begin(groups, settings, "host");
    const promptLogits = new Float32Array(groups.length * this.vocabularySize);
    let offset = 0;
    for (const { outputs } of made) {
      const { data } = outputs.host["logits"] as Float32Tensor;
      promptLogits.set(data, offset);
      offset += data.length;
    }
    return new DeviceScores(rows, promptLogits);
  }

  /** Runs every prompt; `logits` says where those of prompts and steps lie. */
  private async begin(groups: readonly PrefillGroup[], settings: PrefillSettings, logits: "device" | "host"): Promise<BegunRows> {
    const { config } = this;
    const lengths = groups.map((group) => group.promptIds.length);
    const longest = Math.max(...lengths);
    const steps = Math.min(settings.maxNewTokens, this.contextLength - Math.min(...lengths));
    const caches = new DeviceCaches(config, longest, longest + steps, {
      spread: await this.open("spread", spreadCacheGraph(config), ["out"]),
      join: await this.open("join", joinCachesGraph(config), ["out"]),
    });
    const kept = this.kept(logits);
    const made: PrefilledPrompts[] = [];
    try {
      const session = await this.open(`prefill, logits on the ${logits}`, () => devicePrefillGraph(this.model()), kept);
      const perRun = Math.max(1, Math.floor(PREFILL_TOKENS / longest));
      for (let start = 0; start < groups.length; start += perRun) {
        const part = groups.slice(start, start + perRun);
        const outputs = await session.runKeeping({ ...this.prefillFeeds(part, longest), ...Object.fromEntries(this.weights()) });
        const rowsOf = part.flatMap((group, index) => new Array<number>(group.rows).fill(index));
        made.push({ outputs, rowsOf });
        await caches.add(outputs.device, rowsOf);
      }
      const decode = await this.open(`decode, logits on the ${logits}`, () => deviceDecodeGraph(this.model()), kept);
      const promptLengths = groups.flatMap((group) => new Array<number>(group.rows).fill(group.promptIds.length));
      return { rows: new DeviceRows({ decode, caches, weights: this.weights, promptLengths }), made };
    } catch (error) {
      caches.dispose();
      disposeAll(made.flatMap(({ outputs }) => outputs.device["logits"] ?? []));
      throw error;
    }
  }

  /** Frees sessions and the weights that are its own. */
  async dispose(): Promise<void> {
    disposeAll(this.owned?.values() ?? []);
    const sessions = [...this.sessions.values()];
    this.sessions.clear();
    for (const session of sessions) await (await session).dispose();
  }

  private model(): DeviceModel {
    const { lora, quantised } = this.options;
    return { config: this.config, ...(lora === undefined ? {} : { lora }), ...(quantised === undefined ? {} : { quantised }) };
  }

  private kept(logits: "device" | "host"): string[] {
    const caches = [...cacheNames("newKey", this.config), ...cacheNames("newValue", this.config)];
    return logits === "device" ? ["logits", ...caches] : caches;
  }

  private async openSampling({ temperature, topK = 0, topP = 1 }: PrefillSettings): Promise<Sampling> {
    const random = temperature > 0;
    const kind: SamplingKind = { random, topK: random && topK > 0 && topK < this.vocabularySize, topP: random && topP < 1 };
    const { graph, ids } = samplingGraph(this.vocabularySize, kind);
    return { session: await this.open(`sampling ${JSON.stringify(kind)}`, graph, []), ids };
  }

  private open(name: string, graph: Graph | (() => Graph), keepOnDevice: readonly string[]): Promise<OnnxSession> {
    const known = this.sessions.get(name);
    if (known !== undefined) return known;
    const opened = OnnxSession.open(typeof graph === "function" ? graph() : graph, { ...this.options.session, keepOnDevice });
    this.sessions.set(name, opened);
    opened.catch(() => this.sessions.delete(name));
    return opened;
  }

  private prefillFeeds(groups: readonly PrefillGroup[], length: number): Record<string, HostTensor> {
    const shape = [groups.length, length];
    const ids = new BigInt64Array(groups.length * length);
    const positions = new BigInt64Array(ids.length);
    const steps = new Float32Array(ids.length);
    const segments = new Float32Array(ids.length);
    groups.forEach(({ promptIds }, row) =>
      promptIds.forEach((id, t) => {
        const at = row * length + t;
        [ids[at], positions[at], steps[at], segments[at]] = [BigInt(id), BigInt(t), t, 1];
      }),
    );
    const last = groups.map(({ promptIds }, row) => row * length + promptIds.length - 1);
    return {
      ids: int64(shape, ids),
      positions: int64(shape, positions),
      steps: float32(shape, steps),
      segments: float32(shape, segments),
      last: int64([groups.length], last),
    };
  }
}

function requireHeadSize({ headDim }: DecoderConfig): void {
  if (headDim % HEAD_MULTIPLE === 0) return;
  throw new WorkbenchError("unsupported-architecture", "attention on this device cannot take heads of this size", {
    where: "head_dim",
    expected: `a multiple of ${HEAD_MULTIPLE}`,
    got: String(headDim),
    hint: "Use --device cpu.",
  });
}
