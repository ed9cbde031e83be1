// One page of a Parquet column, unpacked and looked through: whether its levels and values are as many as its header says, and each within
// its bounds. Owns how pages are laid out; the walks themselves are parquet-runs.ts.

import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import type { ColumnMetaData, Compressors, PageHeader, SchemaTree } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { decompressPage } from "hyparquet/src/datapage.js";
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from "hyparquet/src/schema.js";
import { requireHonestDeltas, walkDeltaTexts, walkPlainTexts, walkRuns, type ByteRange } from "./parquet-runs.ts";

/** Node's own where it has them: several times as fast, and they stop at the size that the page says. */
export const PAGE_COMPRESSORS = {
  ...compressors,
  GZIP: (packed, size) => gunzipSync(packed, { maxOutputLength: Math.max(1, size) }),
  ZSTD: (packed, size) => zstdDecompressSync(packed, { maxOutputLength: Math.max(1, size) }),
  BROTLI: (packed, size) => brotliDecompressSync(packed, { maxOutputLength: Math.max(1, size) }),
} satisfies Compressors;

export interface HonestColumn {
  readonly metadata: ColumnMetaData;
  /** From the root to the column. */
  readonly path: readonly SchemaTree[];
}

type Encoding = NonNullable<PageHeader["data_page_header"]>["encoding"];

/**
 * Gives how many texts or numbers the column's dictionary has behind this page; `dictionary` is how many it had before, undefined for none.
 * Throws an error in words.
 */
export function requireHonestPage(
  header: PageHeader,
  packed: Uint8Array,
  column: HonestColumn,
  dictionary: number | undefined,
): number | undefined {
  const { data_page_header: first, data_page_header_v2: second, dictionary_page_header: entries } = header;
  if (header.type === "DICTIONARY_PAGE" && entries !== undefined) {
    const bytes = unpack(packed, header.uncompressed_page_size, column);
    requirePlain({ bytes, start: 0, end: bytes.length }, entries.num_values, column);
    return entries.num_values;
  }
  if (header.type === "DATA_PAGE" && first !== undefined) {
    const bytes = unpack(packed, header.uncompressed_page_size, column);
    const { at, values } = walkLevels(bytes, first.num_values, column);
    requireValues({ bytes, start: at, end: bytes.length }, first.encoding, values, column, dictionary, false);
  } else if (header.type === "DATA_PAGE_V2" && second !== undefined) {
    const [repetition, definition] = [second.repetition_levels_byte_length, second.definition_levels_byte_length];
    const levels = levelsOf(column);
    const inside = repetition + definition;
    if (levels.repetition > 0)
      walkRuns({ bytes: packed, start: 0, end: repetition }, width(levels.repetition), second.num_values, levels.repetition);
    const values = second.num_values - second.num_nulls;
    if (levels.definition > 0) {
      const range = { bytes: packed, start: repetition, end: inside };
      const present = walkRuns(range, width(levels.definition), second.num_values, levels.definition);
      if (present > values) throw new Error(`a page of ${values} values that needs ${present}`);
    }
    const size = header.uncompressed_page_size - inside;
    if (size < 0) throw new Error("a page whose parts do not fit into it");
    const body = packed.subarray(inside);
    const bytes = second.is_compressed === false ? body : unpack(body, size, column);
    requireValues({ bytes, start: 0, end: bytes.length }, second.encoding, values, column, dictionary, true);
  }
  return dictionary;
}

function unpack(packed: Uint8Array, size: number, { metadata }: HonestColumn): Uint8Array {
  return decompressPage(packed, size, metadata.codec, PAGE_COMPRESSORS);
}

function levelsOf({ path }: HonestColumn): { readonly repetition: number; readonly definition: number } {
  return { repetition: path.length > 1 ? getMaxRepetitionLevel([...path]) : 0, definition: getMaxDefinitionLevel([...path]) };
}

function width(greatest: number): number {
  return 32 - Math.clz32(greatest);
}

/** Levels of a page of the first kind, each list with its length before it. Gives where the values begin, and how many there are. */
function walkLevels(bytes: Uint8Array, count: number, column: HonestColumn): { readonly at: number; readonly values: number } {
  const levels = levelsOf(column);
  let [at, values] = [0, count];
  for (const greatest of [levels.repetition, levels.definition]) {
    if (greatest === 0) continue;
    const { start, end } = withLength(bytes, at);
    values = walkRuns({ bytes, start, end }, width(greatest), count, greatest);
    at = end;
  }
  return { at, values: levels.definition === 0 ? count : values };
}

function withLength(bytes: Uint8Array, at: number): ByteRange {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);
  if (at + 4 + length > bytes.length) throw new Error("levels reach beyond their page");
  return { bytes, start: at + 4, end: at + 4 + length };
}

function requireValues(
  range: ByteRange,
  encoding: Encoding,
  count: number,
  column: HonestColumn,
  dictionary: number | undefined,
  isSecond: boolean,
): void {
  if (count === 0) return;
  const { bytes, start, end } = range;
  switch (encoding) {
    case "PLAIN":
    case "BYTE_STREAM_SPLIT":
      requirePlain(range, count, column);
      return;
    case "RLE":
      walkRuns(withLength(bytes, start), 1, count, 1);
      return;
    case "PLAIN_DICTIONARY":
    case "RLE_DICTIONARY": {
      if (dictionary === undefined) throw new Error("a page of indexes without a dictionary");
      const bits = bytes[start] ?? 0;
      if (bits > 0 || isSecond) walkRuns({ bytes, start: start + 1, end }, bits, count, dictionary - 1);
      else if (dictionary === 0) throw new Error("an index into an empty dictionary");
      return;
    }
    case "DELTA_BINARY_PACKED":
      requireHonestDeltas(range);
      return;
    case "DELTA_LENGTH_BYTE_ARRAY":
    case "DELTA_BYTE_ARRAY":
      walkDeltaTexts(range, count, encoding === "DELTA_BYTE_ARRAY");
      return;
    default:
      throw new Error(`values in the encoding "${encoding}", which is not supported`);
  }
}

const BITS: Readonly<Record<string, number>> = { BOOLEAN: 1, INT32: 32, FLOAT: 32, INT64: 64, DOUBLE: 64, INT96: 96 };

function requirePlain(range: ByteRange, count: number, { metadata, path }: HonestColumn): void {
  if (metadata.type === "BYTE_ARRAY") {
    walkPlainTexts(range, count);
    return;
  }
  const bits = BITS[metadata.type] ?? 8 * (path.at(-1)?.element.type_length ?? 0);
  if (count * bits > 8 * (range.end - range.start)) throw new Error(`a page of ${count} values that cannot hold so many`);
}
