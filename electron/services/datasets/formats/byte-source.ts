// The bytes of a data file, unpacked where it is compressed, in pieces and never as a whole. Refuses what unpacks to far more than any
// text does.

import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { WorkbenchError } from "../../../../shared/errors.ts";
import { zstdFrames } from "./zstd-frames.ts";

/** Text packs to a tenth, tables of repeated words to a hundredth; beyond this it is made to fill memories. */
export const MAX_UNPACKED_RATIO = 400;
export const ALWAYS_ALLOWED_BYTES = 64 * 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;
const ZSTD_FRAME = 0xfd2fb528;
/** Or one of the fifteen numbers behind it. */
const ZSTD_SKIPPED_FRAME = 0x184d2a50;

export interface ByteSource {
  readonly path: string;
  /** Of the file as it lies there. */
  readonly sizeBytes: number;
  /** First bytes, unpacked. */
  readonly start: Buffer;
  /** Can be asked for several times. Throws "invalid-record" for damaged or hostile compression. */
  readonly pieces: () => AsyncIterable<Buffer>;
  /** How much of the file has been read, 0 to 1. */
  readonly fraction: () => number;
}

type Compression = "gzip" | "zstd" | undefined;

/** Throws "file-not-found", and "unsupported" for archives of several files. */
export async function openByteSource(path: string): Promise<ByteSource> {
  const { magic, sizeBytes } = await firstBytes(path);
  if (magic.subarray(0, 4).equals(Buffer.from("PK\u0003\u0004", "latin1"))) {
    throw new WorkbenchError("unsupported", "archives are not read", { where: path, hint: "Unpack it and import the folder." });
  }
  const compression = compressionOf(magic);
  let readBytes = 0;
  const pieces = (): AsyncIterable<Buffer> =>
    unpacked(path, compression, sizeBytes, (bytes) => {
      readBytes = bytes;
    });
  let start = Buffer.alloc(0);
  for await (const piece of pieces()) {
    start = Buffer.concat([start, piece]);
    if (start.length >= 64 * 1024) break;
  }
  return { path, sizeBytes, start, pieces, fraction: () => (sizeBytes === 0 ? 1 : Math.min(1, readBytes / sizeBytes)) };
}

async function firstBytes(path: string): Promise<{ readonly magic: Buffer; readonly sizeBytes: number }> {
  let file;
  try {
    file = await open(path, "r");
  } catch (cause) {
    throw new WorkbenchError("file-not-found", "cannot read the file", { where: path }, { cause });
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new WorkbenchError("invalid-argument", "this is no file", { where: path });
    const { bytesRead, buffer } = await file.read(Buffer.alloc(8), 0, 8, 0);
    return { magic: buffer.subarray(0, bytesRead), sizeBytes: stat.size };
  } finally {
    await file.close();
  }
}

/** Told by the first four bytes. */
export function compressionOf(magic: Buffer): Compression {
  if (magic[0] === 0x1f && magic[1] === 0x8b) return "gzip";
  const number = magic.length < 4 ? 0 : magic.readUInt32LE(0);
  // Parallel packers begin with a frame that says how long the next one is.
  if (number === ZSTD_FRAME || (number & 0xfffffff0) === ZSTD_SKIPPED_FRAME) return "zstd";
  return undefined;
}

async function* unpacked(
  path: string,
  compression: Compression,
  sizeBytes: number,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: PIECE_BYTES });
  // Errors of the file come out of the end of the pipe.
  const gunzip = compression === "gzip" ? createGunzip({ chunkSize: PIECE_BYTES }) : undefined;
  const source =
    gunzip !== undefined
      ? pipeline(file, gunzip, () => undefined)
      : compression === "zstd"
        ? zstdFrames(file as AsyncIterable<Buffer>, PIECE_BYTES)
        : file;
  let bytes = 0;
  try {
    for await (const piece of source as AsyncIterable<Buffer>) {
      bytes += piece.length;
      onRead(file.bytesRead);
      if (compression !== undefined && bytes > ALWAYS_ALLOWED_BYTES && bytes > sizeBytes * MAX_UNPACKED_RATIO) {
        throw new WorkbenchError("invalid-record", "the file unpacks to far more than text does; it was not read further", {
          where: path,
          expected: `at most ${MAX_UNPACKED_RATIO} times its size`,
          got: `${bytes} bytes of ${sizeBytes}`,
        });
      }
      yield piece;
    }
    if (gunzip !== undefined) await requirePadding(path, gunzip.bytesWritten);
  } catch (cause) {
    if (cause instanceof WorkbenchError) throw cause;
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new WorkbenchError("invalid-record", "the file is damaged", { where: path, got }, { cause });
  } finally {
    file.destroy();
  }
}

/** Zeros may follow what is packed, as on tapes; Node takes anything that begins with one for that, a broken next part of the file too. */
async function requirePadding(path: string, start: number): Promise<void> {
  for await (const piece of createReadStream(path, { start, highWaterMark: PIECE_BYTES }) as AsyncIterable<Buffer>) {
    if (piece.some((byte) => byte !== 0)) throw new Error(`what follows behind byte ${start} is not packed`);
  }
}
