// Parquet files whose pages lie inside: good files of every encoding with levels, indexes and lengths altered. Each is read, or refused in
// words; none takes memory or time that its size does not explain. RAIF_FUZZ_FILES says how many; a few hundred by default.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { fileWriter, ParquetWriter } from "hyparquet-writer";
import { afterAll, expect, test } from "vitest";
import { isWorkbenchError } from "../../../../shared/errors.ts";
import { mixSeed, Random } from "../../../engine/tensor/random.ts";
import { readParquet } from "./parquet.ts";
import { walkDeltaTexts, walkPlainTexts, walkRuns, type ByteRange } from "./parquet-runs.ts";

const FILES = Number(process.env["RAIF_FUZZ_FILES"] ?? 300);
const ROWS = 400;
const MB = 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), "raif-parquet-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Codec = "UNCOMPRESSED" | "ZSTD" | "SNAPPY";

/** Plain texts, texts of a dictionary, numbers as differences, lists: most with nulls. */
function goodFile(codec: Codec): Buffer {
  const path = join(folder, `${codec}.parquet`);
  const writer = new ParquetWriter({
    writer: fileWriter(path),
    codec,
    compressors: { ZSTD: (bytes: Uint8Array) => zstdCompressSync(bytes) },
    schema: [
      { name: "root", num_children: 5 },
      { name: "text", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
      { name: "topic", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
      { name: "number", type: "INT32", repetition_type: "REQUIRED" },
      { name: "share", type: "DOUBLE", repetition_type: "OPTIONAL" },
      { name: "tags", converted_type: "LIST", repetition_type: "OPTIONAL", num_children: 1 },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
    ],
  });
  const each = <Value>(make: (n: number) => Value): Value[] => Array.from({ length: ROWS }, (_, n) => make(n));
  void writer.write({
    columnData: [
      { name: "text", data: each((n) => (n % 7 === 0 ? null : `Write about ${n}.`)), encoding: "DELTA_LENGTH_BYTE_ARRAY" },
      { name: "topic", data: each((n) => (n % 11 === 0 ? null : `topic ${n % 20}`)) },
      { name: "number", data: each((n) => n * 3), encoding: "DELTA_BINARY_PACKED" },
      { name: "share", data: each((n) => (n % 5 === 0 ? null : n / 3)), encoding: "BYTE_STREAM_SPLIT" },
      { name: "tags", data: each((n) => (n % 13 === 0 ? null : Array.from({ length: n % 4 }, (_, i) => `tag ${i}`))) },
    ],
    rowGroupSize: ROWS,
  });
  void writer.finish();
  return readFileSync(path);
}

async function rowsOf(bytes: Buffer): Promise<unknown[]> {
  const path = join(folder, "file.parquet");
  writeFileSync(path, bytes);
  const rows: unknown[] = [];
  for await (const batch of readParquet(path, () => undefined)) rows.push(...batch);
  return rows;
}

/** In the pages, which lie before the footer: what a length, a level or an index could be. */
function altered(good: Buffer, footerBytes: number, random: Random): Buffer {
  const bytes = Buffer.from(good);
  const within = bytes.length - footerBytes - 16;
  for (let time = 0; time <= random.integer(3); time++) {
    const at = 4 + random.integer(within);
    const kind = random.integer(4);
    if (kind === 0) bytes[at] = random.integer(256);
    else if (kind === 1) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.integer(8));
    else if (kind === 2) bytes.writeUInt32LE([0x7fffffff, 0xffffffff, 0x0fffffff, 0][random.integer(4)] ?? 0, at);
    else bytes.set([0xfe, 0xff, 0xff, 0xff, 0x0f].slice(random.integer(4)), at);
  }
  return bytes;
}

test("files of every encoding come back as they were written, whatever packs them", async () => {
  const [plain, zstd, snappy] = await Promise.all((["UNCOMPRESSED", "ZSTD", "SNAPPY"] as const).map(async (codec) => goodFile(codec)));
  const rows = await rowsOf(plain!);
  expect(rows).toHaveLength(ROWS);
  expect(rows[15]).toMatchObject({
    fields: { text: "Write about 15.", topic: "topic 15", number: 45, share: null, tags: ["tag 0", "tag 1", "tag 2"] },
  });
  expect(await rowsOf(zstd!)).toEqual(rows);
  expect(await rowsOf(snappy!)).toEqual(rows);
});

test(`${FILES} files with altered pages: rows or an expected error, in bounded memory`, async () => {
  const good = goodFile("UNCOMPRESSED");
  const footerBytes = good.readUInt32LE(good.length - 8);
  const ends = { read: 0, refused: 0 };
  for (let n = 0; n < FILES; n++) {
    try {
      await rowsOf(altered(good, footerBytes, new Random(mixSeed(11, "parquet", n))));
      ends.read++;
    } catch (error) {
      if (!isWorkbenchError(error)) throw new Error(`file ${n}`, { cause: error });
      ends.refused++;
    }
  }
  console.log(
    `${FILES} altered Parquet files: ${ends.read} read, ${ends.refused} refused; peak of ${process.resourceUsage().maxRSS >> 10} MB`,
  );
  expect(ends.read).toBeGreaterThan(0);
  expect(ends.refused).toBeGreaterThan(0);
  expect(process.memoryUsage().arrayBuffers).toBeLessThan(500 * MB);
});

const range = (...bytes: number[]): ByteRange => ({ bytes: Uint8Array.from(bytes), start: 0, end: bytes.length });

test("a run of a few bytes claims no more values than the page has", () => {
  // 400 values of 1, as a run: 800 as a varint, then the value.
  expect(walkRuns(range(0xa0, 0x06, 1), 1, 400, 1)).toBe(400);
  expect(() => walkRuns(range(0xfe, 0xff, 0xff, 0xff, 0x0f, 1), 1, 400, 1)).toThrow("a run of 2147483647 values where 400 are left");
  expect(() => walkRuns(range(0xff, 0xff, 0xff, 0xff, 0x0f, 1), 1, 400, 1)).toThrow("where 400 are left");
  // Eight packed values, 0 to 7, of three bits each.
  expect(walkRuns(range(0x03, 0x88, 0xc6, 0xfa), 3, 8, 7)).toBe(1);
  expect(() => walkRuns(range(0x03, 0x88, 0xc6, 0xfa), 3, 8, 6)).toThrow("index of 7, where 6 is the greatest");
  expect(() => walkRuns(range(0x03, 0x88), 3, 8, 7)).toThrow("beyond its page");
  expect(() => walkRuns(range(0xa0), 1, 400, 1)).toThrow(RangeError);
});

test("texts stay inside of their page, and take no more of the one before than that has", () => {
  walkPlainTexts(range(1, 0, 0, 0, 97), 1);
  expect(() => walkPlainTexts(range(2, 0, 0, 0, 97), 1)).toThrow("beyond its page");
  // Blocks of 128 numbers in 4 parts, one number: a prefix of 0, a length of 1; then the text.
  walkDeltaTexts(range(0x80, 1, 4, 1, 0, 0x80, 1, 4, 1, 2, 97), 1, true);
  expect(() => walkDeltaTexts(range(0x80, 1, 4, 1, 10, 0x80, 1, 4, 1, 2, 97), 1, true)).toThrow("more of the one before");
  expect(() => walkDeltaTexts(range(0x80, 1, 0, 1, 0, 97), 1, false)).toThrow("in 0 parts");
});
