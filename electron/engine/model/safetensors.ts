// Reading and writing safetensors files: an 8-byte little-endian header length, a JSON header naming dtype, shape and byte range of
// every tensor, then the bytes. Reads one tensor at a time from an open file. Which tensors a model needs is hf-folder.ts.

import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { WorkbenchError } from "../../../shared/errors.ts";
import { float32, sizeOf } from "../tensor/tensor.ts";
import type { Float32Tensor } from "../tensor/tensor.ts";
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from "./safetensors-floats.ts";
import type { FloatFormat } from "./safetensors-floats.ts";

/** The reference reader refuses longer headers too. */
const MAX_HEADER_BYTES = 100_000_000;
/** A single read call cannot pass 2 GiB. */
const CHUNK_BYTES = 64 * 1024 * 1024;
/** Of a 16-bit tensor that is read as float32. */
const PIECE_ELEMENTS = 4 * 1024 * 1024;

/** Every dtype a header may name; only the float formats can be read as parameters. */
const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
};

export interface SafetensorsEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Byte range in the file, counted from its first byte. */
  readonly start: number;
  readonly end: number;
}

/** An open file; `close` it when done. */
export class SafetensorsFile {
  readonly path: string;
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  private readonly handle: FileHandle;

  private constructor(path: string, handle: FileHandle, header: Header) {
    this.path = path;
    this.handle = handle;
    this.entries = header.entries;
    this.metadata = header.metadata;
  }

  /** Checks the whole header, so that a truncated or inconsistent file fails here. Throws "file-not-found" and "invalid-model". */
  static async open(path: string): Promise<SafetensorsFile> {
    const handle = await openForReading(path);
    try {
      return new SafetensorsFile(path, handle, await readHeader(path, handle));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The same open file with its tensors under other names; those without one are left out. */
  renamed(rename: (name: string) => string | undefined): SafetensorsFile {
    const entries = [...this.entries].flatMap(([name, entry]) => {
      const other = rename(name);
      return other === undefined ? [] : [[other, entry] as const];
    });
    return new SafetensorsFile(this.path, this.handle, { entries: new Map(entries), metadata: this.metadata });
  }

  /** One tensor as float32, in its stored shape. Throws "missing-weights" and, for dtypes that are not floats, "invalid-model". */
  async read(name: string): Promise<Float32Tensor> {
    const entry = this.entries.get(name);
    if (entry === undefined) throw new WorkbenchError("missing-weights", "no such tensor", { where: this.path, expected: name });
    const tensor = float32(entry.shape);
    if (entry.dtype === "F32") {
      await readInto(this.handle, bytesOf(tensor.data), entry.start, this.path);
      return tensor;
    }
    if (entry.dtype !== "F16" && entry.dtype !== "BF16") {
      throw new WorkbenchError("invalid-model", `tensor ${name} is stored in a format that cannot be read`, {
        where: `${this.path}: ${name}`,
        expected: "F32, F16 or BF16",
        got: entry.dtype,
      });
    }
    // Piece by piece, so that half as much memory again is not needed beside the tensor.
    const convert = entry.dtype === "F16" ? float16ToFloat32 : bfloat16ToFloat32;
    const bits = new Uint16Array(Math.min(tensor.data.length, PIECE_ELEMENTS));
    for (let start = 0; start < tensor.data.length; start += PIECE_ELEMENTS) {
      const piece = bits.subarray(0, Math.min(PIECE_ELEMENTS, tensor.data.length - start));
      await readInto(this.handle, bytesOf(piece), entry.start + 2 * start, this.path);
      convert(piece, tensor.data.subarray(start, start + piece.length));
    }
    return tensor;
  }

  /** One tensor's bytes as they are stored. Throws "missing-weights". */
  async readBytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const entry = this.entries.get(name);
    if (entry === undefined) throw new WorkbenchError("missing-weights", "no such tensor", { where: this.path, expected: name });
    const bytes = new Uint8Array(entry.end - entry.start);
    await readInto(this.handle, bytes, entry.start, this.path);
    return bytes;
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

export interface StoredEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

/**
 * Writes the tensors in map order, converted to `format`, and flushes the file to the disk. Refuses, with "non-finite", a tensor
 * that holds NaN or infinities or would in this format.
 */
export async function writeSafetensors(path: string, tensors: ReadonlyMap<string, Float32Tensor>, format: FloatFormat): Promise<void> {
  const entries = [...tensors].map(([name, { shape }]) => ({ name, dtype: format, shape }));
  await writeSafetensorsEntries(path, entries, ({ name }) => bytesOf(converted(name, (tensors.get(name) as Float32Tensor).data, format)));
}

/** Writes tensors one by one as `bytesFor` makes them, so that only one is in memory, and flushes the file to the disk. */
export async function writeSafetensorsEntries(
  path: string,
  entries: readonly StoredEntry[],
  bytesFor: (entry: StoredEntry) => Uint8Array | Promise<Uint8Array>,
): Promise<void> {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let offset = 0;
  for (const { name, dtype, shape } of entries) {
    const end = offset + sizeOf(shape) * (ELEMENT_BYTES[dtype] as number);
    header[name] = { dtype, shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(header), "utf8");
  // Spaces up to a multiple of 8 keep the tensors aligned for readers that map the file.
  const start = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, " ");
  start.writeBigUInt64LE(BigInt(start.length - 8));
  json.copy(start, 8);
  const handle = await open(path, "w");
  try {
    await writeFully(handle, start);
    for (const entry of entries) await writeFully(handle, await bytesFor(entry));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

interface Header {
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

async function openForReading(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (cause) {
    throw new WorkbenchError("file-not-found", "cannot open the weights", { where: path }, { cause });
  }
}

async function readHeader(path: string, handle: FileHandle): Promise<Header> {
  const fileBytes = (await handle.stat()).size;
  if (fileBytes < 10) throw broken(path, "the file is too short", "at least 10 bytes", `${fileBytes} bytes`);
  const prefix = Buffer.alloc(8);
  await readInto(handle, prefix, 0, path);
  const headerBytes = Number(prefix.readBigUInt64LE());
  if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES || headerBytes > fileBytes - 8) {
    const limit = Math.min(fileBytes - 8, MAX_HEADER_BYTES);
    throw broken(path, "the header length does not fit the file", `2 to ${limit} bytes`, `${headerBytes} bytes`);
  }
  const text = Buffer.alloc(headerBytes);
  await readInto(handle, text, 8, path);
  return parseHeader(path, text.toString("utf8"), 8 + headerBytes, fileBytes);
}

function parseHeader(path: string, text: string, dataStart: number, fileBytes: number): Header {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new WorkbenchError("invalid-model", "the header is not JSON", { where: path }, { cause });
  }
  if (!isObject(json)) throw broken(path, "the header is not an object", "a JSON object", JSON.stringify(json).slice(0, 80));
  const entries = new Map<string, SafetensorsEntry>();
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(json)) {
    if (name === "__metadata__") metadata = parseMetadata(path, value);
    else entries.set(name, parseEntry(path, name, value, dataStart));
  }
  checkCoverage(path, entries, dataStart, fileBytes);
  return { entries, metadata };
}

function parseMetadata(path: string, value: unknown): Record<string, string> {
  if (!isObject(value) || Object.values(value).some((item) => typeof item !== "string")) {
    throw broken(path, "__metadata__ is not usable", "an object of strings", JSON.stringify(value).slice(0, 80));
  }
  return value as Record<string, string>;
}

function parseEntry(path: string, name: string, value: unknown, dataStart: number): SafetensorsEntry {
  const where = `${path}: ${name}`;
  const got = JSON.stringify(value).slice(0, 120);
  if (!isObject(value)) throw broken(where, "tensor entry is not an object", "dtype, shape and data_offsets", got);
  const { dtype, shape, data_offsets: offsets } = value;
  const elementBytes = typeof dtype === "string" && Object.hasOwn(ELEMENT_BYTES, dtype) ? ELEMENT_BYTES[dtype] : undefined;
  if (typeof dtype !== "string" || elementBytes === undefined)
    throw broken(where, "unknown dtype", Object.keys(ELEMENT_BYTES).join(", "), got);
  if (!isSizes(shape)) throw broken(where, "shape is not usable", "a list of sizes", got);
  if (!isSizes(offsets) || offsets.length !== 2) throw broken(where, "data_offsets are not usable", "[begin, end]", got);
  const [begin, end] = offsets as [number, number];
  const expected = sizeOf(shape) * elementBytes;
  if (end - begin !== expected)
    throw broken(
      where,
      "byte range does not fit the shape",
      `${expected} bytes for ${dtype} [${shape.join(", ")}]`,
      `${end - begin} bytes`,
    );
  return { dtype, shape, start: dataStart + begin, end: dataStart + end };
}

/** The format wants the ranges to cover the rest of the file exactly: no overlap, no hole, nothing behind them. */
function checkCoverage(path: string, entries: ReadonlyMap<string, SafetensorsEntry>, dataStart: number, fileBytes: number): void {
  let position = dataStart;
  for (const [name, entry] of [...entries].sort(([, a], [, b]) => a.start - b.start || a.end - b.end)) {
    if (entry.start !== position) {
      const what = entry.start < position ? "tensors overlap" : "bytes between tensors belong to none";
      throw broken(`${path}: ${name}`, what, `begin at byte ${position - dataStart}`, `byte ${entry.start - dataStart}`);
    }
    position = entry.end;
  }
  if (position > fileBytes) throw broken(path, "the file is truncated", `${position} bytes`, `${fileBytes} bytes`);
  if (position < fileBytes) throw broken(path, "bytes behind the last tensor", `${position} bytes`, `${fileBytes} bytes`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && (item as number) >= 0);
}

function broken(where: string, what: string, expected: string, got: string): WorkbenchError {
  return new WorkbenchError("invalid-model", `not a usable safetensors file: ${what}`, { where, expected, got });
}

function bytesOf(array: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

async function readInto(handle: FileHandle, target: Uint8Array, start: number, path: string): Promise<void> {
  let done = 0;
  while (done < target.length) {
    const { bytesRead } = await handle.read(target, done, Math.min(CHUNK_BYTES, target.length - done), start + done);
    if (bytesRead === 0) throw broken(path, "the file is truncated", `${start + target.length} bytes`, `${start + done} bytes`);
    done += bytesRead;
  }
}

async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, Math.min(CHUNK_BYTES, bytes.length - done));
    done += bytesWritten;
  }
}

function converted(name: string, values: Float32Array, format: FloatFormat): Float32Array | Uint16Array {
  // Beyond these magnitudes rounding gives an infinity: the largest finite value plus half a unit.
  const limit = { F32: Infinity, F16: 65520, BF16: (2 - 2 ** -8) * 2 ** 127 }[format];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!(Math.abs(value) < limit)) {
      throw new WorkbenchError("non-finite", `tensor ${name} cannot be stored`, {
        where: `${name}[${i}]`,
        expected: `a finite value in ${format}`,
        got: `${value}`,
      });
    }
  }
  if (format === "F16") return float32ToFloat16(values);
  return format === "BF16" ? float32ToBfloat16(values) : values;
}
