// Files of several zstd frames, cut into pieces wherever it hurts.

import { zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { zstdFrames } from "./zstd-frames.ts";

const texts = ["one\n".repeat(5000), "", "two\n".repeat(3), "three\n".repeat(40_000)];
const packed = Buffer.concat(texts.map((text) => zstdCompressSync(text)));

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function read(bytes: Buffer, size: number): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of zstdFrames(cut(bytes, size), 1000)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

test.each([1, 2, 3, 7, 50, 64, packed.length - 3, packed.length])("all frames in pieces of %d bytes", async (size) => {
  expect(await read(packed, size)).toBe(texts.join(""));
});

test("a file cut short and bytes after a frame are errors", async () => {
  await expect(read(packed.subarray(0, -2), 64)).rejects.toThrow(/unexpected end/);
  await expect(read(Buffer.concat([packed, Buffer.from("no frame")]), 64)).rejects.toThrow(/Unknown frame descriptor/);
});

test("whoever stops reading early leaves nothing behind", async () => {
  for await (const piece of zstdFrames(cut(packed, 50), 100)) {
    expect(piece.toString()).toMatch(/^one\n/);
    break;
  }
});

test("an error of the file is passed on", async () => {
  async function* broken(): AsyncGenerator<Buffer> {
    yield await Promise.resolve(packed.subarray(0, 20));
    throw new Error("the drive is gone");
  }
  const reading = async (): Promise<void> => {
    for await (const piece of zstdFrames(broken(), 100)) expect(piece.length).toBeGreaterThan(0);
  };
  await expect(reading()).rejects.toThrow("the drive is gone");
});
