// A zstd file of any number of frames, as parallel packers and appending writers make them. Node's own stream ends, without an error,
// after the first frame that ends within a piece.

import { createZstdDecompress, type ZstdDecompress } from "node:zlib";

/** What `packed` unpacks to, in pieces of at most `chunkSize` bytes. Throws what zlib throws for damaged bytes and for others after a frame. */
export async function* zstdFrames(packed: AsyncIterable<Buffer>, chunkSize: number): AsyncGenerator<Buffer> {
  const pieces = packed[Symbol.asyncIterator]();
  let rest: Buffer | undefined = Buffer.alloc(0);
  while (rest !== undefined) {
    const frames = createZstdDecompress({ chunkSize });
    const fed = feed(frames, rest, pieces);
    // What fails there fails the reading below too.
    fed.catch(() => undefined);
    yield* frames as AsyncIterable<Buffer>;
    rest = await fed;
  }
}

/** What is left of a piece where a frame ended within it, for another unpacker; undefined at the end of all. */
async function feed(frames: ZstdDecompress, first: Buffer, pieces: AsyncIterator<Buffer>): Promise<Buffer | undefined> {
  let given = 0;
  try {
    for (let piece: Buffer | undefined = first; piece !== undefined;) {
      await write(frames, piece);
      given += piece.length;
      if (frames.bytesWritten < given) return piece.subarray(piece.length - (given - frames.bytesWritten));
      const next: IteratorResult<Buffer> = await pieces.next();
      piece = next.done === true ? undefined : next.value;
    }
    frames.end();
    return undefined;
  } catch (cause) {
    frames.destroy(cause instanceof Error ? cause : new Error(String(cause)));
    throw cause;
  }
}

function write(frames: ZstdDecompress, piece: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    frames.write(piece, (error) => (error instanceof Error ? reject(error) : resolve()));
  });
}
