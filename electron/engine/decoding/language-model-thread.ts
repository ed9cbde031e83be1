// The thread of threaded-language-model.ts: a language model of its own that computes on this thread alone.

import type { DecoderConfig } from "../model/config.ts";
import type { Float32Tensor } from "../tensor/tensor.ts";
import { doWork } from "../threads/do-work.ts";
import { generate } from "./generate.ts";
import { OnnxLanguageModel, type LanguageModelOptions } from "./onnx-language-model.ts";
import type { Completion, GenerateSettings, GenerationGroup } from "./types.ts";

export interface RowToken {
  readonly group: number;
  readonly row: number;
  readonly tokenId: number;
  readonly logProb: number;
}

// A type, because only types have the index signature that `Work` asks for.
export type LanguageModelWork = {
  /** Parameters lie on shared memory and are read in place until the next ones. */
  readonly setParameters: (
    config: DecoderConfig,
    parameters: ReadonlyMap<string, Float32Tensor>,
    options: Pick<LanguageModelOptions, "contextLength">,
  ) => Promise<void>;
  /** Cancelled as soon as the first number of `cancelled` is not 0. Says its tokens, step by step, if asked to. */
  readonly generate: (
    groups: readonly GenerationGroup[],
    settings: GenerateSettings,
    cancelled: Int32Array,
    saysTokens: boolean,
  ) => Promise<Completion[][]>;
  readonly release: () => Promise<void>;
};

let model: OnnxLanguageModel | undefined;

doWork<LanguageModelWork>((say) => ({
  setParameters: async (config, parameters, options) => {
    if (model === undefined) model = new OnnxLanguageModel(config, parameters, { ...options, session: { threads: 1, spinning: false } });
    else await model.setParameters(parameters);
  },
  generate: async (groups, settings, cancelled, saysTokens) => {
    if (model === undefined) throw new Error("the thread has no weights yet");
    const abort = new AbortController();
    let tokens: RowToken[] = [];
    const onToken = (token: RowToken): void => {
      if (Atomics.load(cancelled, 0) !== 0) abort.abort();
      // A step's tokens are taken in one go, so they leave in one message.
      if (saysTokens && tokens.push(token) === 1) {
        queueMicrotask(() => {
          say(tokens);
          tokens = [];
        });
      }
    };
    return generate(model, groups, settings, { signal: abort.signal, onToken });
  },
  release: async () => {
    await model?.release();
  },
}));
