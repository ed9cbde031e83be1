// Tensors that stay in the memory of a device between runs, and an account of all that are alive: whoever gets one disposes it.
// Making and filling them is session.ts and device-transfer.ts.

import { sizeOf, type DType, type HostTensor } from "../tensor/tensor.ts";

const ELEMENT_BYTES: Readonly<Record<DType, number>> = { float32: 4, int64: 8, int32: 4, bool: 1, float16: 2, uint8: 1 };

/** The runtime's own tensor; only session.ts looks inside. */
export interface DeviceBuffer {
  dispose(): void;
}

export interface DeviceMemory {
  /** Tensors that are alive. */
  readonly tensors: number;
  readonly bytes: number;
  /** Most bytes alive at once since the process started or the peak was reset. */
  readonly peakBytes: number;
}

const account = { tensors: 0, bytes: 0, peakBytes: 0 };

/** What this process keeps on devices, its sessions' own activations left out. */
export function deviceMemory(): DeviceMemory {
  return { ...account };
}

/** From now on `peakBytes` is of what comes. */
export function resetDevicePeak(): void {
  account.peakBytes = account.bytes;
}

export class DeviceTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: number;
  private content: DeviceBuffer | undefined;
  private readonly onDisposed: () => void;

  constructor(dtype: DType, shape: readonly number[], content: DeviceBuffer, onDisposed: () => void = () => undefined) {
    this.dtype = dtype;
    this.shape = shape;
    this.bytes = sizeOf(shape) * ELEMENT_BYTES[dtype];
    this.content = content;
    this.onDisposed = onDisposed;
    account.tensors += 1;
    account.bytes += this.bytes;
    account.peakBytes = Math.max(account.peakBytes, account.bytes);
  }

  /** Throws once it is disposed: a bug in the caller. */
  get buffer(): DeviceBuffer {
    if (this.content === undefined) throw new Error(`a device tensor [${this.shape.join(", ")}] is used after it was disposed`);
    return this.content;
  }

  /** Frees the memory; a second time does nothing. */
  dispose(): void {
    if (this.content === undefined) return;
    this.content.dispose();
    this.content = undefined;
    account.tensors -= 1;
    account.bytes -= this.bytes;
    this.onDisposed();
  }
}

export type AnyTensor = HostTensor | DeviceTensor;

export function disposeAll(tensors: Iterable<DeviceTensor>): void {
  for (const tensor of tensors) tensor.dispose();
}
