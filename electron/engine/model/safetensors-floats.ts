// Conversion between float32 and the 16-bit float formats of safetensors files. Rounding is to nearest, ties to even. Bits only:
// no files, no shapes.

/** Bytes of one element, for the formats that parameters may be stored in. */
export const FLOAT_SIZE_BYTES = { F32: 4, F16: 2, BF16: 2 } as const;
export type FloatFormat = keyof typeof FLOAT_SIZE_BYTES;

/** BF16 is the upper half of a float32. */
export function bfloat16ToFloat32(bits: Uint16Array, target: Float32Array): void {
  const targetBits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < bits.length; i++) targetBits[i] = (bits[i] as number) << 16;
}

let float16Values: Float32Array | undefined;

/** Every one of the 65536 half-precision values, made once. */
function float16Table(): Float32Array {
  if (float16Values !== undefined) return float16Values;
  const table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >>> 10) & 31;
    const mantissa = bits & 1023;
    if (exponent === 31) table[bits] = mantissa === 0 ? sign * Infinity : NaN;
    else if (exponent === 0) table[bits] = sign * mantissa * 2 ** -24;
    else table[bits] = sign * (1024 + mantissa) * 2 ** (exponent - 25);
  }
  return (float16Values = table);
}

export function float16ToFloat32(bits: Uint16Array, target: Float32Array): void {
  const table = float16Table();
  for (let i = 0; i < bits.length; i++) target[i] = table[bits[i] as number] as number;
}

/** Finite values too large for the format become infinities; NaN stays NaN. */
export function float32ToBfloat16(values: Float32Array): Uint16Array {
  const source = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const target = new Uint16Array(values.length);
  for (let i = 0; i < source.length; i++) {
    const bits = source[i] as number;
    const isNaNValue = (bits & 0x7fffffff) > 0x7f800000;
    target[i] = isNaNValue ? (bits >>> 16) | 0x40 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  }
  return target;
}

/** Finite values too large for the format (65520 and beyond) become infinities; NaN stays NaN. */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const source = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const target = new Uint16Array(values.length);
  for (let i = 0; i < source.length; i++) target[i] = float16Bits(source[i] as number);
  return target;
}

function float16Bits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) return sign | subnormalFloat16Bits(magnitude);
  // Exponent bias 127 becomes 15; adding just under half a unit (a whole half when odd) rounds ties to even.
  const rebased = magnitude - (112 << 23);
  return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
}

/** Magnitudes below 2^-14, whose half-precision form counts units of 2^-24. */
function subnormalFloat16Bits(magnitude: number): number {
  const exponent = magnitude >>> 23;
  if (exponent < 102) return 0;
  const significand = (magnitude & 0x7fffff) | 0x800000;
  const shift = 126 - exponent;
  const units = significand >>> shift;
  const rest = significand & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && (units & 1) === 1) ? units + 1 : units;
}
