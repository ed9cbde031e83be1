// Packed files of several parts, one behind the other: every byte comes out, and what is no part is an error.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { mixSeed, Random } from "../../../engine/tensor/random.ts";
import { openByteSource } from "./byte-source.ts";

const FILES = Number(process.env["RAIF_FUZZ_FILES"] ?? 40);
const folder = mkdtempSync(join(tmpdir(), "raif-bytes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(bytes: Buffer): Promise<string> {
  const path = join(folder, "rows");
  writeFileSync(path, bytes);
  const pieces: Buffer[] = [];
  for await (const piece of (await openByteSource(path)).pieces()) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** A text cut anywhere, each part packed for itself. */
function parts(random: Random, pack: (text: Buffer) => Buffer): { readonly text: string; readonly packed: Buffer[] } {
  const text = Array.from({ length: random.integer(3000) }, (_, n) => `{"line":${n},"word":${random.integer(1000)}}\n`).join("");
  const packed: Buffer[] = [];
  for (let at = 0; at < text.length || packed.length === 0;) {
    const end = at + random.integer(20_000);
    packed.push(pack(Buffer.from(text.slice(at, end))));
    at = end;
  }
  return { text, packed };
}

const PACK = { gzip: (text: Buffer) => gzipSync(text), zstd: (text: Buffer) => zstdCompressSync(text) };
/** A frame of zstd that is passed over. */
const SKIPPED = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

test.each(["gzip", "zstd"] as const)(`${FILES} files of several %s parts come out whole`, async (name) => {
  for (let n = 0; n < FILES; n++) {
    const random = new Random(mixSeed(23, name, n));
    const { text, packed } = parts(random, PACK[name]);
    if (name === "zstd" && random.integer(3) === 0) packed.splice(random.integer(packed.length + 1), 0, SKIPPED);
    if (name === "gzip" && random.integer(3) === 0) packed.push(Buffer.alloc(random.integer(600)));
    expect(await read(Buffer.concat(packed))).toBe(text);
  }
});

test.each(["gzip", "zstd"] as const)("a part of %s that does not begin as it should is said, not left out", async (name) => {
  const [first, second] = [PACK[name](Buffer.from("one\n")), PACK[name](Buffer.from("two\n"))];
  for (const byte of [0, 1, 255]) {
    const broken = Buffer.from(second);
    broken[0] = byte;
    await expect(read(Buffer.concat([first, broken]))).rejects.toThrow(/damaged/);
  }
});
