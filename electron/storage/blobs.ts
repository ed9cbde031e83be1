// Layout of numeric arrays in BLOB columns, with no header: token ids are uint32 little-endian, log-probabilities and
// entropies float32 little-endian, tensors the little-endian bytes of their dtype, row-major. Every bit is kept (NaN, -0).

import { endianness } from "node:os";

if (endianness() !== "LE") throw new Error("workspace files are little-endian; this machine is big-endian");

export type TensorDType = "float32" | "int64" | "int32" | "bool" | "float16" | "uint8";
export type TensorData = Float32Array | BigInt64Array | Int32Array | Uint8Array | Uint16Array;

/** The bytes of a typed array as a Buffer without copying. */
export function toBlob(data: NodeJS.ArrayBufferView): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** Token ids to uint32 LE. Throws RangeError on an id that is no uint32. */
export function tokenIdsToBlob(tokenIds: Uint32Array | readonly number[]): Buffer {
  if (tokenIds instanceof Uint32Array) return toBlob(tokenIds);
  for (const id of tokenIds) {
    if (!Number.isInteger(id) || id < 0 || id > 0xffffffff) throw new RangeError(`token id ${id} is not a uint32`);
  }
  return toBlob(Uint32Array.from(tokenIds));
}

export function tokenIdsFromBlob(blob: Uint8Array): Uint32Array {
  return new Uint32Array(alignedCopy(blob, 4));
}

export function float32FromBlob(blob: Uint8Array): Float32Array {
  return new Float32Array(alignedCopy(blob, 4));
}

/** Bytes of a tensor back to the typed array that its dtype calls for. */
export function tensorFromBlob(dtype: TensorDType, blob: Uint8Array): TensorData {
  switch (dtype) {
    case "float32":
      return new Float32Array(alignedCopy(blob, 4));
    case "int64":
      return new BigInt64Array(alignedCopy(blob, 8));
    case "int32":
      return new Int32Array(alignedCopy(blob, 4));
    case "float16":
      return new Uint16Array(alignedCopy(blob, 2));
    case "bool":
    case "uint8":
      return new Uint8Array(alignedCopy(blob, 1));
  }
}

function alignedCopy(blob: Uint8Array, bytesPerElement: number): ArrayBuffer {
  if (blob.byteLength % bytesPerElement !== 0) {
    throw new RangeError(`BLOB of ${blob.byteLength} bytes is no whole number of ${bytesPerElement}-byte elements`);
  }
  const copy = new ArrayBuffer(blob.byteLength);
  new Uint8Array(copy).set(blob);
  return copy;
}
