// Runs ONNX bytes. The only importer of onnxruntime-node. A session run blocks the calling JavaScript thread until it is done.

import { availableParallelism } from "node:os";
import ort from "onnxruntime-node";
import { WorkbenchError } from "../../../shared/errors.ts";
import type { DType, HostTensor } from "../tensor/tensor.ts";
import { DeviceTensor, type AnyTensor, type DeviceBuffer } from "./device-tensor.ts";
import { Graph } from "./graph.ts";
import { withHostInputs, type HostInput } from "./host-inputs.ts";
import { serializeBeside, serializeGraph, type ExternalData } from "./serialize.ts";
import { requireVulkanLoader } from "./vulkan-loader.ts";

export type Device = "cpu" | "webgpu" | "cuda";

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
  /**
   * Let the runtime compute equal nodes once (default). Where a matrix is converted anew for every product so that it need not stay,
   * that would make it stay.
   */
  readonly mergeEqualNodes?: boolean;
  /** Refuse a graph any node of which would run on the CPU instead of the device. */
  readonly deviceOnly?: boolean;
  /** Outputs that stay on the device and come as device tensors (WebGPU). */
  readonly keepOnDevice?: readonly string[];
  /** Have the runtime write down on standard error what it does: which node runs where, features, shaders. */
  readonly verbose?: boolean;
  /** Called before each run, for tests: what it throws counts as the device's failure. */
  readonly beforeRun?: () => void;
}

type Feeds = Readonly<Record<string, AnyTensor>>;
/** Gives the data of the outputs, in order. */
export type RepeatedRun = () => Promise<Float32Array[]>;

type DerivedInputs = Pick<Graph, "inputs" | "hostInputs">;

/** Outputs of a run by where they are. */
export interface PlacedOutputs {
  readonly host: Readonly<Record<string, HostTensor>>;
  readonly device: Readonly<Record<string, DeviceTensor>>;
}

const ARRAY_TYPES: Readonly<Record<DType, string>> = {
  float32: "float32",
  int64: "int64",
  int32: "int32",
  bool: "bool",
  float16: "float16",
  uint8: "uint8",
};

/** Threads a session has; where nothing is said, what `RAIF_THREADS` says, to leave cores to others, else all cores. Throws "invalid-argument". */
export function threadCount(options: SessionOptions): number {
  if (options.threads !== undefined) return options.threads;
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

const LARGE_CONSTANT_BYTES = 2 ** 20;
/** Constants that the runtime may read for as long as a session lives. */
const readInPlace = new WeakMap<OnnxSession, readonly ExternalData[]>();

export class OnnxSession {
  private readonly session: ort.InferenceSession;
  private readonly options: SessionOptions;
  private readonly derived: DerivedInputs;
  /** Device tensors of this session that are alive. They die with it, so it waits for them. */
  private kept = 0;
  private ending: (() => void) | undefined;
  /** Feeds that come again, as a decode loop's caches do, are wrapped once. */
  private readonly wrapped = new WeakMap<HostTensor, ort.Tensor>();
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];

  private constructor(session: ort.InferenceSession, options: SessionOptions, derived: DerivedInputs) {
    this.session = session;
    this.options = options;
    this.derived = derived;
    this.inputNames = session.inputNames;
    this.outputNames = session.outputNames;
  }

  /** As `create`; the graph's derived inputs need not be fed. */
  static async open(graph: Graph, options: SessionOptions = {}): Promise<OnnxSession> {
    return OnnxSession.load(serializeGraph(graph), options, graph);
  }

  /** As `open` on the CPU, with large constants read where they lie instead of copied into the graph first. */
  static async openBeside(graph: Graph, options: SessionOptions = {}): Promise<OnnxSession> {
    const { model, data } = serializeBeside(graph, LARGE_CONSTANT_BYTES);
    return OnnxSession.load(model, options, graph, data);
  }

  /** Throws "device-unavailable" when the device cannot be opened; any other failure is a bug in the graph and stays a plain Error. */
  static async create(model: Uint8Array, options: SessionOptions = {}): Promise<OnnxSession> {
    return OnnxSession.load(model, options, NO_HOST_INPUTS);
  }

  private static async load(
    model: Uint8Array,
    options: SessionOptions,
    derived: DerivedInputs,
    externalData: readonly ExternalData[] = [],
  ): Promise<OnnxSession> {
    const device = options.device ?? "cpu";
    const native = { ...nativeOptions(device, options), ...(externalData.length === 0 ? {} : { externalData }) };
    if (options.verbose === true) ort.env.logLevel = "verbose";
    try {
      if (device === "webgpu") await deviceKeeper(device);
      const session = new OnnxSession(await ort.InferenceSession.create(model, native), options, derived);
      readInPlace.set(session, externalData);
      return session;
    } catch (error) {
      if (error instanceof WorkbenchError) throw error;
      const got = (error as Error).message;
      if (device === "cpu" || got.includes("fallback to CPU EP has been explicitly disabled")) throw error;
      throw new WorkbenchError("device-unavailable", `cannot open the ${device} device`, { got }, { cause: error });
    }
  }

  /**
   * Feeds in host memory are passed by pointer; every output is a fresh copy, but what `into` names is written there. `outputs` limits
   * what is computed and copied. Throws "device-lost" when the device does not answer any more.
   */
  async run(
    feeds: Feeds,
    outputs: readonly string[] = this.outputNames,
    into: Readonly<Record<string, HostTensor>> = {},
  ): Promise<Record<string, HostTensor>> {
    const out: Record<string, HostTensor> = {};
    for (const [name, tensor] of Object.entries(await this.runNative(feeds, outputs, into))) {
      const wanted = into[name];
      if (wanted !== undefined && process.env["NOFREE"] === undefined) freeArray(tensor.data as Float32Array);
      out[name] = wanted ?? hostTensor(tensor);
    }
    return out;
  }

  /**
   * As `run`, again and again with the same feeds, whose arrays may hold other numbers each time: a third of a small run's cost is to
   * hand its tensors over. Only for graphs without derived inputs.
   */
  repeated(feeds: Readonly<Record<string, HostTensor>>, outputs: readonly string[] = this.outputNames): RepeatedRun {
    if (this.derived.hostInputs.length > 0) throw new Error("derived inputs change with every run");
    const inputs = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, this.nativeTensor(tensor)]));
    const fetches = [...outputs];
    return async () => {
      this.options.beforeRun?.();
      const results = await this.session.run(inputs, fetches);
      return fetches.map((name) => results[name]?.data as Float32Array);
    };
  }

  /** As `run`; the outputs of `keepOnDevice` stay where they are and belong to the caller, who disposes them. */
  async runKeeping(feeds: Feeds): Promise<PlacedOutputs> {
    const host: Record<string, HostTensor> = {};
    const device: Record<string, DeviceTensor> = {};
    for (const [name, tensor] of Object.entries(await this.runNative(feeds, this.outputNames))) {
      if (tensor.location === "cpu") host[name] = hostTensor(tensor);
      else device[name] = this.keptTensor(tensor);
    }
    return { host, device };
  }

  /** Frees the session; one whose device tensors are still in use is freed with the last of them. */
  async dispose(): Promise<void> {
    if (this.kept === 0) await this.session.release();
    else this.ending = () => void this.session.release();
  }

  private keptTensor(tensor: ort.Tensor): DeviceTensor {
    this.kept += 1;
    return new DeviceTensor(tensor.type as DType, tensor.dims, tensor satisfies DeviceBuffer, () => {
      this.kept -= 1;
      if (this.kept === 0) this.ending?.();
    });
  }

  private async runNative(
    feeds: Feeds,
    outputs: readonly string[],
    into: Readonly<Record<string, HostTensor>> = {},
  ): Promise<ort.InferenceSession.OnnxValueMapType> {
    const complete = withHostInputs(this.derived.hostInputs, this.derived.inputs, feeds);
    const inputs: Record<string, ort.Tensor> = {};
    for (const name in complete) inputs[name] = this.nativeTensor(complete[name] as AnyTensor);
    try {
      this.options.beforeRun?.();
      const fetches = outputs.map((name) => [name, into[name] === undefined ? null : this.nativeTensor(into[name])] as const);
      return await this.session.run(inputs, Object.fromEntries(fetches));
    } catch (error) {
      throw await explainFailure(error, this.options);
    }
  }

  private nativeTensor(tensor: AnyTensor): ort.Tensor {
    if (tensor instanceof DeviceTensor) return tensor.buffer as ort.Tensor;
    let input = this.wrapped.get(tensor);
    if (input === undefined) {
      input = new ort.Tensor(ARRAY_TYPES[tensor.dtype] as "float32", tensor.data as Float32Array, tensor.shape);
      this.wrapped.set(tensor, input);
    }
    return input;
  }
}

/**
 * Frees an array that a run gave at once and for good. The garbage collector counts such arrays, so many of them would have it stop the
 * thread and mark beside it, and meanwhile the next run's take pages that nobody has touched.
 */
export function freeArray({ buffer }: Float32Array): void {
  if (!(buffer instanceof ArrayBuffer)) return;
  keepFreedMemory();
  buffer.transfer(0);
}

/** Just below what glibc's malloc takes from the system anew each time, however often such sizes are freed. */
const KEPT_BYTES = 31 * 2 ** 20;
let keepsFreedMemory = false;

/**
 * Has glibc keep arrays up to this size, and twice as much that is free, for the next ones instead of giving them back to the system and faulting
 * their pages in again: it does so from when one of that size has been freed (mallopt(3), "dynamic mmap threshold"). An update of 5 M
 * parameters had 20,000 page faults, 2 % of its time. Nothing comes of it with other allocators.
 */
function keepFreedMemory(): void {
  if (keepsFreedMemory) return;
  keepsFreedMemory = true;
  new ArrayBuffer(KEPT_BYTES).transfer(0);
}

const NO_HOST_INPUTS: { readonly inputs: Graph["inputs"]; readonly hostInputs: HostInput[] } = { inputs: [], hostInputs: [] };

function nativeOptions(device: Device, options: SessionOptions): ort.InferenceSession.SessionOptions {
  const kept = options.keepOnDevice ?? [];
  const switchedOff = [
    ...(options.moveTransposes === false ? ["TransposeOptimizer", "TransposeOptimizer_CPUExecutionProvider"] : []),
    ...(options.mergeEqualNodes === false ? ["CommonSubexpressionElimination"] : []),
  ];
  const providers = device === "cpu" || options.deviceOnly === true ? [device] : [device, "cpu"];
  return {
    executionProviders: providers,
    intraOpNumThreads: threadCount(options),
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    enableCpuMemArena: true,
    enableMemPattern: options.memoryPattern ?? true,
    // A device that refuses a graph is an error here already; the runtime need not print it as well.
    logSeverityLevel: options.verbose === true ? 0 : device === "cpu" ? 3 : 4,
    ...(kept.length === 0 ? {} : { preferredOutputLocation: Object.fromEntries(kept.map((name) => [name, "gpu-buffer" as const])) }),
    extra: {
      session: {
        intra_op: { allow_spinning: options.spinning === false ? "0" : "1" },
        set_denormal_as_zero: "1",
        ...(options.deviceOnly === true ? { disable_cpu_ep_fallback: "1" } : {}),
      },
      ...(switchedOff.length > 0 ? { optimization: { disable_specified_optimizers: switchedOff.join(";") } } : {}),
    },
  };
}

function hostTensor(tensor: ort.Tensor): HostTensor {
  return { dtype: tensor.type as DType, shape: tensor.dims, data: tensor.data as Float32Array };
}

/** A run that failed on a device that cannot even add two numbers any more has lost the device; anything else is what it says. */
async function explainFailure(error: unknown, { device = "cpu", beforeRun }: SessionOptions): Promise<unknown> {
  if (device === "cpu" || (await deviceAnswers(device, beforeRun))) return error;
  return new WorkbenchError(
    "device-lost",
    `the ${device} device does not answer any more`,
    {
      got: error instanceof Error ? error.message : String(error),
      hint: "Its driver was reset, or it was unplugged or put to sleep. What was stored is unharmed: resume the run, in a new process.",
    },
    { cause: error },
  );
}

/**
 * A session that only adds two numbers and is never released: the runtime destroys its WebGPU device, with every tensor on it, when
 * the last session ends. Also tells a device that is lost from a run that failed for another reason.
 */
const keepers = new Map<Device, Promise<ort.InferenceSession>>();

function deviceKeeper(device: Device): Promise<ort.InferenceSession> {
  const known = keepers.get(device);
  if (known !== undefined) return known;
  const graph = new Graph("device-keeper");
  const x = graph.input("x", "float32", [1]);
  graph.output(graph.op("Add", [x, x], {}), "sum");
  if (device === "webgpu") requireVulkanLoader();
  const keeper = ort.InferenceSession.create(serializeGraph(graph), nativeOptions(device, {}));
  keepers.set(device, keeper);
  keeper.catch(() => keepers.delete(device));
  return keeper;
}

/**
 * Has numbers too small for a normal float32 count as zero on this thread and, on Linux, on those that it starts from now on. The runtime does
 * so for the thread of the process's first session and for its own threads only: elsewhere a masked softmax takes six times as long and
 * gives other bits. So whoever starts threads that compute calls this first, and where threads do not inherit it they are at least all alike.
 */
export async function flushDenormals(): Promise<void> {
  await deviceKeeper("cpu");
}

async function deviceAnswers(device: Device, beforeRun?: () => void): Promise<boolean> {
  try {
    const keeper = await deviceKeeper(device);
    beforeRun?.();
    const { sum } = await keeper.run({ x: new ort.Tensor("float32", Float32Array.of(1), [1]) });
    return sum?.data[0] === 2;
  } catch {
    return false;
  }
}

/** Version of the runtime, for records of which software made a result. */
export const ONNX_RUNTIME_VERSION: string = ort.env.versions.node ?? ort.env.versions.common;
