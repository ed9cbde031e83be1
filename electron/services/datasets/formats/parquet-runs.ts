// What stands inside the pages of a Parquet file: levels, indexes into the dictionary, lengths of texts. Walked before the library decodes
// them, because it takes their word: a run of a few bytes can claim billions of values, a text can be made of all the texts before it, and
// an index beyond the dictionary would silently be an empty cell.

import { deltaBinaryUnpack } from "hyparquet/src/delta.js";
import { readVarInt } from "hyparquet/src/thrift.js";

export interface ByteRange {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** hyparquet reads no wider ones, and no dictionary needs them. */
const MAX_WIDTH = 25;
/** Writers fill up the last run of packed values, mostly to eight. */
const MAX_FILLING = 512;
const MAX_TEXT_BYTES = 256 * 1024 * 1024;

/**
 * The runs of `count` values of `width` bits each, none above `greatest`. Gives how many of them are `greatest`.
 * Throws an error in words where runs say more or less than that.
 */
export function walkRuns({ bytes, start, end }: ByteRange, width: number, count: number, greatest: number): number {
  if (width > MAX_WIDTH) throw new Error(`values of ${width} bits in a page`);
  const reader = readerOf(bytes, start, end);
  const valueBytes = (width + 7) >> 3;
  let [seen, equal] = [0, 0];
  while (seen < count) {
    const header = readVarInt(reader);
    const left = count - seen;
    if ((header & 1) === 0) {
      const run = header >>> 1;
      if (run > left) throw new Error(`a run of ${run} values where ${left} are left`);
      let value = 0;
      for (let i = 0; i < valueBytes; i++) value += reader.view.getUint8(reader.offset++) * 2 ** (8 * i);
      if (value > greatest && run > 0) throw new Error(`a level or index of ${value}, where ${greatest} is the greatest`);
      if (value === greatest) equal += run;
      seen += run;
      continue;
    }
    const groups = header >>> 1;
    if (groups * 8 > left + MAX_FILLING) throw new Error(`a run of ${groups * 8} values where ${left} are left`);
    equal += walkPacked({ bytes, start: start + reader.offset, end }, width, Math.min(left, groups * 8), greatest);
    reader.offset += Math.max(groups * width, 1);
    seen += groups * 8;
  }
  return equal;
}

function walkPacked({ bytes, start, end }: ByteRange, width: number, count: number, greatest: number): number {
  if (start + Math.ceil((count * width) / 8) > end) throw new Error("a run of values reaches beyond its page");
  const mask = 2 ** width - 1;
  let equal = 0;
  for (let index = 0, bit = 0; index < count; index++, bit += width) {
    const at = start + Math.floor(bit / 8);
    const four = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    const value = (four >>> (bit & 7)) & mask;
    if (value > greatest) throw new Error(`a level or index of ${value}, where ${greatest} is the greatest`);
    if (value === greatest) equal++;
  }
  return equal;
}

/** Texts of which each says its length before it. */
export function walkPlainTexts({ bytes, start, end }: ByteRange, count: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = start;
  for (let index = 0; index < count; index++) {
    if (at + 4 > end) throw new Error("a text reaches beyond its page");
    at += 4 + view.getUint32(at, true);
  }
  if (at > end) throw new Error("a text reaches beyond its page");
}

/** Numbers as differences: only what the decoder trusts in their head is looked at. */
export function requireHonestDeltas({ bytes, start, end }: ByteRange): void {
  const reader = readerOf(bytes, start, end);
  const [block, pieces] = [readVarInt(reader), readVarInt(reader)];
  const isWhole = block > 0 && block % 128 === 0 && pieces > 0 && block % pieces === 0 && (block / pieces) % 32 === 0;
  if (!isWhole) throw new Error(`blocks of ${block} numbers in ${pieces} parts`);
}

/** Texts after all their lengths; with `prefixes`, each begins with a part of the one before. */
export function walkDeltaTexts({ bytes, start, end }: ByteRange, count: number, prefixes: boolean): void {
  if (count === 0) return;
  const reader = readerOf(bytes, start, end);
  const numbers = (): Int32Array => {
    requireHonestDeltas({ bytes, start: start + reader.offset, end });
    const read = new Int32Array(count);
    deltaBinaryUnpack(reader, count, read);
    return read;
  };
  const shared = prefixes ? numbers() : undefined;
  const lengths = numbers();
  let [before, total, inPage] = [0, 0, reader.offset];
  for (let index = 0; index < count; index++) {
    const [prefix, length] = [shared?.[index] ?? 0, lengths[index] ?? 0];
    if (prefix < 0 || length < 0 || prefix > before) throw new Error("a text takes more of the one before than that has");
    before = prefix + length;
    total += before;
    inPage += length;
    if (total > MAX_TEXT_BYTES || start + inPage > end) throw new Error("the texts of a page are longer than a page may be");
  }
}

function readerOf(bytes: Uint8Array, start: number, end: number): { readonly view: DataView; offset: number } {
  return { view: new DataView(bytes.buffer, bytes.byteOffset + start, Math.max(0, end - start)), offset: 0 };
}
