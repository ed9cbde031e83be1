// Runs ONNX bytes. The only importer of onnxruntime-node. A session run blocks the calling JavaScript thread until it is done.

import { availableParallelism } from "node:os";
import ort from "onnxruntime-node";
import { WorkbenchError } from "../../../shared/errors.ts";
import type { DType, HostTensor } from "../tensor/tensor.ts";

export type Device = "cpu" | "webgpu";

export interface SessionOptions {
  readonly device?: Device;
  /** Threads inside an op; default: all cores. The same number gives the same bits. */
  readonly threads?: number;
  /** Let worker threads spin between ops: faster when alone on the machine. */
  readonly spinning?: boolean;
  /**
   * Let the runtime merge and move transpositions (default). It merges one that swaps heads and tokens with one that a product
   * would have read through, into a slow copy; training graphs on CPU are faster without.
   */
  readonly moveTransposes?: boolean;
  /**
   * Let the runtime lay out all values of a run at once (default): somewhat faster, but the second run of a size takes as much memory
   * again as the first.
   */
  readonly memoryPattern?: boolean;
}

const ARRAY_TYPES: Readonly<Record<DType, string>> = {
  float32: "float32",
  int64: "int64",
  int32: "int32",
  bool: "bool",
  float16: "float16",
  uint8: "uint8",
};

/** What `RAIF_THREADS` says, to leave cores to others; else all cores. Throws "invalid-argument". */
function defaultThreads(): number {
  const given = process.env["RAIF_THREADS"];
  if (given === undefined || given === "") return availableParallelism();
  const threads = Number(given);
  if (Number.isInteger(threads) && threads >= 1) return threads;
  throw new WorkbenchError("invalid-argument", "the number of threads is not usable", {
    where: "RAIF_THREADS",
    expected: "a whole number above 0",
    got: given,
  });
}

export class OnnxSession {
  private readonly session: ort.InferenceSession;
  /** Feeds that come again, as a decode loop's caches do, are wrapped once. */
  private readonly wrapped = new WeakMap<HostTensor, ort.Tensor>();
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];

  private constructor(session: ort.InferenceSession) {
    this.session = session;
    this.inputNames = session.inputNames;
    this.outputNames = session.outputNames;
  }

  /** Throws "device-unavailable" when the device cannot be opened; any other failure is a bug in the graph and stays a plain Error. */
  static async create(model: Uint8Array, options: SessionOptions = {}): Promise<OnnxSession> {
    const device = options.device ?? "cpu";
    const threads = options.threads ?? defaultThreads();
    try {
      const session = await ort.InferenceSession.create(model, {
        executionProviders: device === "cpu" ? ["cpu"] : ["webgpu", "cpu"],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: "sequential",
        graphOptimizationLevel: "all",
        enableCpuMemArena: true,
        enableMemPattern: options.memoryPattern ?? true,
        logSeverityLevel: 3,
        extra: {
          session: {
            intra_op: { allow_spinning: options.spinning === false ? "0" : "1" },
            set_denormal_as_zero: "1",
          },
          ...(options.moveTransposes === false
            ? { optimization: { disable_specified_optimizers: "TransposeOptimizer;TransposeOptimizer_CPUExecutionProvider" } }
            : {}),
        },
      });
      return new OnnxSession(session);
    } catch (error) {
      if (device === "cpu") throw error;
      throw new WorkbenchError(
        "device-unavailable",
        `cannot open the ${device} device`,
        { got: (error as Error).message },
        { cause: error },
      );
    }
  }

  /** Feeds are passed by pointer; every output is a fresh copy. `outputs` limits what is computed and copied. */
  async run(feeds: Readonly<Record<string, HostTensor>>, outputs?: readonly string[]): Promise<Record<string, HostTensor>> {
    const inputs: Record<string, ort.Tensor> = {};
    for (const name in feeds) {
      const tensor = feeds[name] as HostTensor;
      let input = this.wrapped.get(tensor);
      if (input === undefined) {
        input = new ort.Tensor(ARRAY_TYPES[tensor.dtype] as "float32", tensor.data as Float32Array, tensor.shape);
        this.wrapped.set(tensor, input);
      }
      inputs[name] = input;
    }
    const results = await this.session.run(inputs, outputs ?? this.outputNames);
    const out: Record<string, HostTensor> = {};
    for (const [name, tensor] of Object.entries(results)) {
      out[name] = { dtype: tensor.type as DType, shape: tensor.dims, data: tensor.data as Float32Array };
    }
    return out;
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }
}

/** Version of the runtime, for records of which software made a result. */
export const ONNX_RUNTIME_VERSION: string = ort.env.versions.node ?? ort.env.versions.common;
