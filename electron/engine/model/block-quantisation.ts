// Matrices in 4 or 8 bits: along each row, blocks of values share a float32 scale and an integer zero point, w = (q - zero) scale.
// Layout as the runtime's MatMulNBits reads it. Asymmetric rounding to nearest over each block's range,
// zero included, so that |w - w'| <= scale / 2. Graphs over such matrices are in quantised-linear.ts.

import { WorkbenchError } from "../../../shared/errors.ts";
import { float32, type Float32Tensor } from "../tensor/tensor.ts";

export interface BlockFormat {
  readonly bits: 4 | 8;
  /** Values that share a scale; a power of two from 16 on. */
  readonly blockSize: number;
}

export const DEFAULT_BLOCK_SIZE = 32;

export interface QuantisedMatrix extends BlockFormat {
  readonly dtype: "blocks";
  /** [out, in], in a multiple of blockSize. */
  readonly shape: readonly [number, number];
  /** [out, in / blockSize, blockSize bits / 8]; of two values in a byte the first is the low half. */
  readonly packed: Uint8Array;
  /** [out, in / blockSize]. */
  readonly scales: Float32Array;
  /** [out, ceil(in / blockSize bits / 8)], packed alike. */
  readonly zeros: Uint8Array;
}

/** What a decoder's matrices may be; vectors are always float32. */
export type ModelWeight = Float32Tensor | QuantisedMatrix;
export type ModelWeights = ReadonlyMap<string, ModelWeight>;

export function isQuantised(weight: ModelWeight): weight is QuantisedMatrix {
  return weight.dtype === "blocks";
}

export function weightBytes(weight: ModelWeight): number {
  return isQuantised(weight) ? weight.packed.byteLength + weight.scales.byteLength + weight.zeros.byteLength : weight.data.byteLength;
}

/** Throws "invalid-argument". */
export function checkBlockFormat({ bits, blockSize }: BlockFormat): void {
  if (bits !== 4 && bits !== 8) {
    throw new WorkbenchError("invalid-argument", "weights cannot be stored like that", {
      where: "bits",
      expected: "4 or 8",
      got: String(bits),
    });
  }
  if (blockSize >= 16 && blockSize <= 256 && Number.isInteger(Math.log2(blockSize))) return;
  const expected = "16, 32, 64, 128 or 256";
  throw new WorkbenchError("invalid-argument", "weights cannot be stored like that", {
    where: "block size",
    expected,
    got: String(blockSize),
  });
}

/** Projections of the layers; embeddings and output projection stay as they are, as does what blocks do not divide. */
export function isQuantisable(name: string, shape: readonly number[], { blockSize }: BlockFormat): boolean {
  return name.endsWith("_proj.weight") && shape.length === 2 && (shape[1] as number) % blockSize === 0;
}

export function quantiseMatrix({ shape, data }: Float32Tensor, format: BlockFormat): QuantisedMatrix {
  checkBlockFormat(format);
  const { bits, blockSize } = format;
  const [rows, width] = shape as readonly [number, number];
  const blocks = width / blockSize;
  const zeroBytes = Math.ceil((blocks * bits) / 8);
  const packed = new Uint8Array((rows * width * bits) / 8);
  const scales = new Float32Array(rows * blocks);
  const zeros = new Uint8Array(rows * zeroBytes);
  for (let row = 0; row < rows; row++) {
    for (let block = 0; block < blocks; block++) {
      const start = row * width + block * blockSize;
      const [scale, zero] = blockRange(data, start, blockSize, bits);
      scales[row * blocks + block] = scale;
      putValue(zeros, row * zeroBytes, block, zero, bits);
      packBlock(data, start, blockSize, scale, zero, bits, packed);
    }
  }
  return { dtype: "blocks", ...format, shape: [rows, width], packed, scales, zeros };
}

/** Scale and zero point that spread a block's range, zero included, over all integers. */
function blockRange(data: Float32Array, start: number, size: number, bits: 4 | 8): readonly [scale: number, zero: number] {
  let low = 0;
  let high = 0;
  for (let i = start; i < start + size; i++) {
    const value = data[i] as number;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const top = 2 ** bits - 1;
  const scale = Math.fround((high - low) / top);
  // A block of zeros, or of values so small that their scale is none.
  if (scale === 0) return [1, 0];
  return [scale, Math.min(top, Math.max(0, Math.round(-low / scale)))];
}

function packBlock(data: Float32Array, start: number, size: number, scale: number, zero: number, bits: 4 | 8, packed: Uint8Array): void {
  const top = 2 ** bits - 1;
  const valueAt = (i: number): number => {
    const value = Math.round((data[i] as number) / scale) + zero;
    return value < 0 ? 0 : value > top ? top : value;
  };
  if (bits === 8) for (let i = start; i < start + size; i++) packed[i] = valueAt(i);
  else for (let i = start; i < start + size; i += 2) packed[i >> 1] = valueAt(i) | (valueAt(i + 1) << 4);
}

function putValue(target: Uint8Array, start: number, index: number, value: number, bits: 4 | 8): void {
  if (bits === 8) target[start + index] = value;
  else target[start + (index >> 1)] = (target[start + (index >> 1)] as number) | (value << (4 * (index & 1)));
}

function valueOf(source: Uint8Array, start: number, index: number, bits: 4 | 8): number {
  if (bits === 8) return source[start + index] as number;
  return ((source[start + (index >> 1)] as number) >> (4 * (index & 1))) & 15;
}

export function dequantiseMatrix({ shape, bits, blockSize, packed, scales, zeros }: QuantisedMatrix): Float32Tensor {
  const [rows, width] = shape;
  const blocks = width / blockSize;
  const zeroBytes = Math.ceil((blocks * bits) / 8);
  const data = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    for (let block = 0; block < blocks; block++) {
      const scale = scales[row * blocks + block] as number;
      const zero = valueOf(zeros, row * zeroBytes, block, bits);
      const start = row * width + block * blockSize;
      for (let i = start; i < start + blockSize; i++) data[i] = (valueOf(packed, 0, i, bits) - zero) * scale;
    }
  }
  return float32(shape, data);
}

/** Every weight as float32. */
export function dequantised(weights: ModelWeights): ReadonlyMap<string, Float32Tensor> {
  return new Map([...weights].map(([name, weight]) => [name, isQuantised(weight) ? dequantiseMatrix(weight) : weight]));
}

export interface QuantisationError {
  /** Root of summed squared differences over that of squared values. */
  readonly relative: number;
  /** Largest difference. */
  readonly largest: number;
}

export function quantisationError({ data }: Float32Tensor, matrix: QuantisedMatrix): QuantisationError {
  const got = dequantiseMatrix(matrix).data;
  let [difference, size, largest] = [0, 0, 0];
  for (let i = 0; i < data.length; i++) {
    const [value, error] = [data[i] as number, Math.abs((data[i] as number) - (got[i] as number))];
    difference += error * error;
    size += value * value;
    if (error > largest) largest = error;
  }
  return { relative: size === 0 ? 0 : Math.sqrt(difference / size), largest };
}

/** Matrices of one format stacked along their rows, `factors` times their values: exact, since scales are what is multiplied. */
export function stackQuantised(matrices: readonly QuantisedMatrix[], factors: readonly number[]): QuantisedMatrix {
  const [first] = matrices;
  if (first === undefined) throw new Error("nothing to stack");
  const { bits, blockSize, shape } = first;
  const join = (parts: readonly Uint8Array[]): Uint8Array => {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let offset = 0;
    for (const part of parts) {
      whole.set(part, offset);
      offset += part.length;
    }
    return whole;
  };
  const scales = new Float32Array(matrices.reduce((sum, matrix) => sum + matrix.scales.length, 0));
  let offset = 0;
  matrices.forEach((matrix, i) => {
    scales.set(
      matrix.scales.map((scale) => scale * (factors[i] as number)),
      offset,
    );
    offset += matrix.scales.length;
  });
  return {
    dtype: "blocks",
    bits,
    blockSize,
    shape: [matrices.reduce((sum, matrix) => sum + matrix.shape[0], 0), shape[1]],
    packed: join(matrices.map((matrix) => matrix.packed)),
    scales,
    zeros: join(matrices.map((matrix) => matrix.zeros)),
  };
}
