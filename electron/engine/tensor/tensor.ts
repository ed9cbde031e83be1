// Host tensors: a typed array with a shape, row-major. No arithmetic lives here; graphs do that.

export type DType = "float32" | "int64" | "int32" | "bool" | "float16" | "uint8";

export interface HostTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** float32: Float32Array; int64: BigInt64Array; int32: Int32Array; bool and uint8: Uint8Array; float16: Uint16Array bits. */
  readonly data: Float32Array | BigInt64Array | Int32Array | Uint8Array | Uint16Array;
}

export interface Float32Tensor extends HostTensor {
  readonly dtype: "float32";
  readonly data: Float32Array;
}

export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const dim of shape) size *= dim;
  return size;
}

function checked<T extends { length: number }>(shape: readonly number[], data: T): T {
  if (sizeOf(shape) !== data.length) {
    throw new RangeError(`tensor of shape [${shape.join(", ")}] needs ${sizeOf(shape)} elements, got ${data.length}`);
  }
  return data;
}

export function float32(shape: readonly number[], data?: Float32Array | readonly number[]): Float32Tensor {
  const array = data === undefined ? new Float32Array(sizeOf(shape)) : data instanceof Float32Array ? data : Float32Array.from(data);
  return { dtype: "float32", shape, data: checked(shape, array) };
}

export function int64(shape: readonly number[], data: BigInt64Array | readonly number[]): HostTensor {
  const array = data instanceof BigInt64Array ? data : BigInt64Array.from(data, (value) => BigInt(value));
  return { dtype: "int64", shape, data: checked(shape, array) };
}

export function int32(shape: readonly number[], data: Int32Array | readonly number[]): HostTensor {
  return { dtype: "int32", shape, data: checked(shape, data instanceof Int32Array ? data : Int32Array.from(data)) };
}
