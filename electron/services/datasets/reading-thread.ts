// Threads that read data files of others: which files are read in one, and how much memory it may take. What asks for more, little by little,
// ends its thread and not the program; a host that has to live on whatever is in a file starts a process.

import { open } from "node:fs/promises";
import { extname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { WorkbenchError } from "../../../shared/errors.ts";
import { unwrap, type Result } from "../../../shared/result.ts";
import { compressionOf } from "./formats/byte-source.ts";
import { claimsMuch } from "./formats/parquet.ts";

const THREAD_MEMORY_MB = 1536;
/** Of what does not live long; more is taken where it may be, and is not faster. */
const YOUNG_MEMORY_MB = 16;
/** Smaller texts are done before a thread has started, and take no more memory than they are long. */
const LARGE_TEXT_BYTES = 4 * 1024 * 1024;
/** Smaller packed files cannot hold more than what is always unpacked. */
const LARGE_PACKED_BYTES = 64 * 1024;

/** `name`: of a module beside this one, without its extension. */
export function startReadingThread(name: string, workerData: unknown, memoryMb = THREAD_MEMORY_MB): Worker {
  const module = join(import.meta.dirname, `${name}${extname(import.meta.filename)}`);
  return new Worker(module, {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: YOUNG_MEMORY_MB },
  });
}

/** The error of a thread in words where it says that memory has run out; `where`: the file or folder. */
export function describeReadingFailure(error: Error, where: string): Error {
  if ((error as NodeJS.ErrnoException).code !== "ERR_WORKER_OUT_OF_MEMORY") return error;
  return new WorkbenchError(
    "invalid-record",
    "the rows of the file take more memory than reading may use",
    { where, expected: `at most ${THREAD_MEMORY_MB} MB`, hint: "Split what is in it into more rows." },
    { cause: error },
  );
}

/** What a thread answers that answers once. Throws the failure that it gives, and describeReadingFailure's. */
export async function readingAnswer<Answer>(thread: Worker, where: string): Promise<Answer> {
  try {
    const result = await new Promise<Result<Answer>>((resolve, reject) => {
      thread.on("message", resolve);
      thread.on("error", (error: Error) => reject(describeReadingFailure(error, where)));
      thread.on("exit", (code) => reject(new Error(`the thread that reads the file has ended with ${code}`)));
    });
    return unwrap(result);
  } finally {
    await thread.terminate();
  }
}

/** Whether an import reads the file in a thread: where it is large, or stands for much. */
export async function isReadAside(path: string): Promise<boolean> {
  return look(path, async ({ kind, sizeBytes, isMuch }) => {
    if (sizeBytes > LARGE_TEXT_BYTES) return true;
    return kind === "packed" ? sizeBytes > LARGE_PACKED_BYTES : kind === "parquet" && (await isMuch());
  });
}

/** Whether reading some rows of the file takes no more memory than the file is long. */
export async function isSmallText(path: string): Promise<boolean> {
  return look(path, ({ kind, sizeBytes }) => kind === "text" && sizeBytes <= LARGE_TEXT_BYTES);
}

interface FileLook {
  readonly kind: "text" | "packed" | "parquet";
  readonly sizeBytes: number;
  /** A Parquet file of a few bytes can stand for millions of values. */
  readonly isMuch: () => Promise<boolean>;
}

/** False where the file cannot be opened: whoever reads it says why not. */
async function look(path: string, judge: (file: FileLook) => boolean | Promise<boolean>): Promise<boolean> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    const isParquet = buffer.toString("latin1") === "PAR1";
    const kind = isParquet ? "parquet" : compressionOf(buffer) === undefined ? "text" : "packed";
    return await judge({ kind, sizeBytes: (await file.stat()).size, isMuch: () => claimsMuch(file) });
  } finally {
    await file.close();
  }
}
