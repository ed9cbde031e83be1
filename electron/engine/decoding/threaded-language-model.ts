// A small language model on several threads of the CPU: each has a whole model that computes on one thread, and decodes its own share of
// the rows. Nothing waits for anything within a step, where threads inside an operation meet at every one of its 150 nodes. Which rows
// are decoded together depends on the number of threads, not on which is done first: the same number gives the same bits.

import type { DecoderConfig } from "../model/config.ts";
import { flushDenormals } from "../onnx/session.ts";
import { shareTensors } from "../tensor/shared-tensors.ts";
import type { Float32Tensor } from "../tensor/tensor.ts";
import { WorkThread } from "../threads/work-thread.ts";
import type { LanguageModelWork, RowToken } from "./language-model-thread.ts";
import type { DecodeBatch, PrefillGroup, PrefillSettings, ScoringLanguageModel } from "./language-model.ts";
import { OnnxLanguageModel, type LanguageModelOptions } from "./onnx-language-model.ts";
import { planEvenBatches, type BatchPart } from "./plan-batches.ts";
import type { Completion, GenerateSettings, GenerationGroup, GenerationHooks } from "./types.ts";

/**
 * Rows of a batch on one thread: many share each weight that is read, but caches that are long leave the processor's. Measured: 40 rows
 * are fastest for responses of 35 tokens, 16 for the 192 of the benchmark.
 */
const MOST_ROWS = 64;
const FEWER_ROWS = 24;
const CACHE_BYTES = 96 * 2 ** 20;

const NOT_BEGUN: Completion = { tokenIds: [], logProbs: new Float32Array(0), finish: "cancelled" };

type Parameters = ReadonlyMap<string, Float32Tensor>;

export class ThreadedLanguageModel implements ScoringLanguageModel {
  readonly vocabularySize: number;
  readonly contextLength: number;
  private readonly config: DecoderConfig;
  private readonly options: LanguageModelOptions;
  private readonly threads: readonly WorkThread<LanguageModelWork>[];
  private parameters: Parameters;
  private threadsAreStale = true;
  private isDisposed = false;
  /** For those who decode themselves, on the caller's thread; opened when first asked. */
  private whole: OnnxLanguageModel | undefined;

  /** Parameters by Hugging Face name. Throws nothing yet: the first use throws "missing-weights" and "invalid-model". */
  constructor(config: DecoderConfig, parameters: Parameters, threads: number, options: LanguageModelOptions = {}) {
    this.config = config;
    this.options = options;
    this.vocabularySize = config.vocabSize;
    this.contextLength = options.contextLength ?? config.maxPositionEmbeddings;
    this.threads = Array.from({ length: threads }, () => new WorkThread(new URL("language-model-thread", import.meta.url)));
    this.parameters = parameters;
  }

  /** Takes new weights, which are read in place; batches made before must be disposed first. */
  async setParameters(parameters: Parameters): Promise<void> {
    this.parameters = parameters;
    this.threadsAreStale = true;
    await this.whole?.setParameters(parameters);
  }

  prefill(groups: readonly PrefillGroup[], settings: PrefillSettings): Promise<DecodeBatch> {
    this.whole ??= new OnnxLanguageModel(this.config, this.parameters, this.options);
    return this.whole.prefill(groups, settings);
  }

  async generateRows(
    groups: readonly GenerationGroup[],
    settings: GenerateSettings,
    { signal, onToken }: GenerationHooks,
  ): Promise<Completion[][]> {
    await this.refreshThreads();
    const batches = planEvenBatches(groups, this.batchCount(groups, settings));
    const completions = groups.map(({ seeds }) => seeds.map(() => NOT_BEGUN));
    const cancelled = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const cancel = (): void => void Atomics.store(cancelled, 0, 1);
    if (signal?.aborted === true) cancel();
    signal?.addEventListener("abort", cancel);
    let next = 0;
    const decodeShare = async (thread: WorkThread<LanguageModelWork>): Promise<void> => {
      const goesOn = (): boolean => !this.isDisposed && Atomics.load(cancelled, 0) === 0;
      for (let batch = batches[next++]; batch !== undefined && goesOn(); batch = batches[next++]) {
        const planned = batch;
        const parts = batch.map(({ group, start, end }) => {
          const { promptIds, seeds } = groups[group] as GenerationGroup;
          return { promptIds, seeds: seeds.slice(start, end) };
        });
        const tell = (tokens: readonly RowToken[]): void => tokens.forEach((token) => onToken?.(inCallersRows(token, planned)));
        const together = { ...settings, maxConcurrentRows: parts.reduce((sum, { seeds }) => sum + seeds.length, 0) };
        const rows = await thread.call("generate", [parts, together, cancelled, onToken !== undefined], tell);
        batch.forEach(({ group, start }, part) => rows[part]?.forEach((row, i) => ((completions[group] as Completion[])[start + i] = row)));
      }
    };
    try {
      await everyOne(this.threads, decodeShare, cancel);
    } catch (error) {
      // A thread that has died starts anew, without weights.
      this.threadsAreStale = true;
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
    return completions;
  }

  /** Frees sessions and caches; the next batch opens and fills them again. */
  async release(): Promise<void> {
    await this.whole?.release();
    if (!this.threadsAreStale) await Promise.all(this.threads.map((thread) => thread.call("release", [])));
  }

  /** Ends the threads once the rows in work are done; rows that were not begun count as cancelled. The model cannot be used afterwards. */
  async dispose(): Promise<void> {
    this.isDisposed = true;
    await this.whole?.dispose();
    await Promise.all(this.threads.map((thread) => thread.end()));
  }

  /** As many batches a thread as rows need, all threads the same number. */
  private batchCount(groups: readonly GenerationGroup[], { maxConcurrentRows = Infinity, maxNewTokens }: GenerateSettings): number {
    const { numLayers, numKvHeads, headDim } = this.config;
    const threads = this.threads.length;
    const rows = groups.reduce((sum, { seeds }) => sum + seeds.length, 0);
    const rowBytes = 2 * numLayers * numKvHeads * headDim * Float32Array.BYTES_PER_ELEMENT * maxNewTokens;
    const preferred = rowBytes * MOST_ROWS <= CACHE_BYTES ? MOST_ROWS : FEWER_ROWS;
    const most = Math.min(preferred, Math.ceil(maxConcurrentRows / threads));
    return Math.min(rows, threads * Math.ceil(rows / (threads * most)));
  }

  private async refreshThreads(): Promise<void> {
    if (!this.threadsAreStale) return;
    await flushDenormals();
    const shared = shareTensors(this.parameters);
    const { contextLength } = this;
    await Promise.all(this.threads.map((thread) => thread.call("setParameters", [this.config, shared, { contextLength }])));
    this.threadsAreStale = false;
  }
}

function inCallersRows({ group, row, ...token }: RowToken, batch: readonly BatchPart[]): RowToken {
  const part = batch[group] as BatchPart;
  return { ...token, group: part.group, row: part.start + row };
}

/** Runs on all of them and waits for all, also where one fails; then the others are told, and the first failure is thrown. */
async function everyOne<T>(items: readonly T[], run: (item: T) => Promise<void>, onFailure: () => void): Promise<void> {
  const ends = await Promise.allSettled(
    items.map((item) =>
      run(item).catch((error: unknown) => {
        onFailure();
        throw error;
      }),
    ),
  );
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
