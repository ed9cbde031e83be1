// Moves tensors between host memory and a device. ONNX Runtime has no call for either in Node, so both are graphs that change
// nothing: what they take comes from one side, what they give lies on the other.

import type { Float32Tensor, HostTensor } from "../tensor/tensor.ts";
import type { AnyTensor, DeviceTensor } from "./device-tensor.ts";
import { Graph, type Value } from "./graph.ts";
import { OnnxSession, type SessionOptions } from "./session.ts";

/**
 * float32 and uint8; `asHalf` says which float32 ones become float16 on the way, where the device has that. The caller owns and
 * disposes what comes back; what was already up is freed again where one fails.
 */
export async function upload(
  tensors: ReadonlyMap<string, HostTensor>,
  options: SessionOptions,
  asHalf: (name: string) => boolean = () => false,
): Promise<Map<string, DeviceTensor>> {
  const uploaded = new Map<string, DeviceTensor>();
  const copies = new Copies(options, true);
  try {
    for (const [name, tensor] of tensors) {
      const { session, out } = await copies.of(tensor, asHalf(name));
      uploaded.set(name, (await session.runKeeping({ in: tensor })).device[out] as DeviceTensor);
    }
    return uploaded;
  } catch (error) {
    for (const tensor of uploaded.values()) tensor.dispose();
    throw error;
  } finally {
    await copies.dispose();
  }
}

/** Copies of float32 tensors; the device's stay. */
export async function download(tensors: ReadonlyMap<string, DeviceTensor>, options: SessionOptions): Promise<Map<string, Float32Tensor>> {
  const downloaded = new Map<string, Float32Tensor>();
  const copies = new Copies(options, false);
  try {
    for (const [name, tensor] of tensors) {
      const { session, out } = await copies.of(tensor);
      downloaded.set(name, (await session.run({ in: tensor }))[out] as Float32Tensor);
    }
    return downloaded;
  } finally {
    await copies.dispose();
  }
}

interface Copy {
  readonly session: OnnxSession;
  /** Name of the output. */
  readonly out: string;
}

function copied(graph: Graph, input: Value, asHalf: boolean): Value {
  if (asHalf) return graph.op("Cast", [input], { to: "float16" });
  // WebGPU has no Identity for bytes, but reshapes them.
  return input.dtype === "uint8" ? graph.op("Reshape", [input], { shape: input.shape }) : graph.op("Identity", [input], {});
}

/** One session for each kind of tensor that comes by. */
class Copies {
  private readonly options: SessionOptions;
  private readonly keep: boolean;
  private readonly known = new Map<string, Copy>();

  constructor(options: SessionOptions, keep: boolean) {
    this.options = options;
    this.keep = keep;
  }

  async of({ dtype, shape }: AnyTensor, asHalf = false): Promise<Copy> {
    const kind = `${dtype} ${shape.length} ${asHalf}`;
    const known = this.known.get(kind);
    if (known !== undefined) return known;
    const graph = new Graph("copy", { onDevice: true });
    const symbols = shape.map((_, axis) => `n${axis}`);
    const input = graph.input("in", dtype, symbols);
    const output = copied(graph, input, asHalf);
    graph.outputs.push(output);
    const kept = this.keep ? { keepOnDevice: [output.name] } : {};
    const copy = { session: await OnnxSession.open(graph, { ...this.options, deviceOnly: true, ...kept }), out: output.name };
    this.known.set(kind, copy);
    return copy;
  }

  async dispose(): Promise<void> {
    for (const { session } of this.known.values()) await session.dispose();
  }
}
