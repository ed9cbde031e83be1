import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { float32 } from "../tensor/tensor.ts";
import { SafetensorsFile, writeSafetensors } from "./safetensors.ts";
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from "./safetensors-floats.ts";

/** Value of a float format with the given field widths, straight from its definition, in float64. */
function valueOf(bits: number, exponentBits: number, mantissaBits: number): number {
  const sign = bits >>> (exponentBits + mantissaBits) ? -1 : 1;
  const exponent = (bits >>> mantissaBits) & (2 ** exponentBits - 1);
  const mantissa = bits & (2 ** mantissaBits - 1);
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return mantissa === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * (mantissa / 2 ** mantissaBits) * 2 ** (1 - bias);
  return sign * (1 + mantissa / 2 ** mantissaBits) * 2 ** (exponent - bias);
}

const ALL_BITS = Uint16Array.from({ length: 65536 }, (_, bits) => bits);

/** The float32 next to `value`, one step away from or towards zero. */
function stepped(value: number, steps: 1 | -1): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0] = (bits[0] as number) + steps;
  return new Float32Array(bits.buffer)[0] as number;
}

describe.each([
  { name: "bfloat16", exponentBits: 8, mantissaBits: 7, decode: bfloat16ToFloat32, encode: float32ToBfloat16 },
  { name: "float16", exponentBits: 5, mantissaBits: 10, decode: float16ToFloat32, encode: float32ToFloat16 },
])("$name", ({ exponentBits, mantissaBits, decode, encode }) => {
  const values = new Float32Array(65536);
  decode(ALL_BITS, values);

  it("reads every bit pattern as its definition says", () => {
    const wrong = [...ALL_BITS].filter((bits) => !Object.is(values[bits], Math.fround(valueOf(bits, exponentBits, mantissaBits))));
    expect(wrong).toEqual([]);
  });

  it("writes every value back to its own bits, NaN to some NaN", () => {
    const written = encode(values);
    const wrong = [...ALL_BITS].filter((bits) => {
      const isNaNPattern = Number.isNaN(values[bits]);
      return isNaNPattern ? !Number.isNaN(valueOf(written[bits] as number, exponentBits, mantissaBits)) : written[bits] !== bits;
    });
    expect(wrong).toEqual([]);
  });

  it("rounds to nearest around every midpoint, ties to even, and overflows to infinity", () => {
    const infinityBits = (2 ** exponentBits - 1) << mantissaBits;
    const inputs: number[] = [];
    const expected: number[] = [];
    for (let lower = 0; lower < infinityBits; lower++) {
      const low = valueOf(lower, exponentBits, mantissaBits);
      // Past the largest finite value the next one would be a binade's first.
      const high =
        lower + 1 === infinityBits
          ? 2 * low - valueOf(lower - 1, exponentBits, mantissaBits)
          : valueOf(lower + 1, exponentBits, mantissaBits);
      const middle = Math.fround((low + high) / 2);
      if (middle !== (low + high) / 2) continue;
      inputs.push(stepped(middle, -1), middle, stepped(middle, 1));
      expected.push(lower, lower + (lower & 1), lower + 1);
    }
    expect(inputs.length).toBeGreaterThan(90_000);
    const positive = encode(Float32Array.from(inputs));
    const negative = encode(Float32Array.from(inputs, (value) => -value));
    expect(expected.filter((bits, i) => positive[i] !== bits || negative[i] !== (bits | 0x8000))).toEqual([]);
  });
});

it("a tensor larger than the pieces it is read in comes back whole", async () => {
  const folder = await mkdtemp(join(tmpdir(), "raif-pieces-"));
  const path = join(folder, "large.safetensors");
  const size = 4 * 2 ** 20 + 3;
  const values = Float32Array.from({ length: size }, (_, i) => i % 251);
  await writeSafetensors(path, new Map([["first", float32([2])], ["large", float32([size], values)]]), "BF16"); // prettier-ignore
  const file = await SafetensorsFile.open(path);
  const { data } = await file.read("large");
  await file.close();
  await rm(folder, { recursive: true });
  expect(Buffer.from(data.buffer).equals(Buffer.from(values.buffer))).toBe(true);
});
