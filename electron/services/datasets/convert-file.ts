// One data file as rows ready to be stored. Large files are read and converted in a thread of their own, because that is as much work as
// storing them, which only one thread can do.

import { basename, extname } from "node:path";
import type { Mapping } from "../../../shared/domain/dataset-files.ts";
import { unwrap, type Result } from "../../../shared/result.ts";
import type { DataFile } from "./formats/data-files.ts";
import { openDataFile } from "./formats/read-file.ts";
import { unpackResults, type PackedPiece } from "./packed-results.ts";
import { describeReadingFailure, startReadingThread } from "./reading-thread.ts";
import { rowConverter, type RowResult } from "./schemas/convert-row.ts";

export interface ConvertRequest {
  readonly file: DataFile;
  readonly schema?: string | undefined;
  readonly mapping?: Mapping | undefined;
  readonly split?: string | undefined;
}

export interface ConvertedPiece {
  readonly results: readonly RowResult[];
  /** How much of the file has been read, 0 to 1. */
  readonly fraction: number;
}

/** In this thread. Throws what opening and reading the file throws. */
export async function* convertFile({ file, split: givenSplit, ...choice }: ConvertRequest): AsyncGenerator<ConvertedPiece> {
  const opened = await openDataFile(file);
  const convert = rowConverter(choice);
  const idPrefix = basename(file.name, extname(file.name)).slice(0, 100) || "row";
  for await (const { split, batches } of opened.parts()) {
    const options = { source: file.name, idPrefix, split: givenSplit ?? split };
    for await (const rows of batches) yield { results: rows.map((row) => convert(row, options)), fraction: opened.fraction() };
  }
}

/** The same in a thread of its own, which never gets far ahead of whoever takes the pieces. */
export async function* convertFileAside(request: ConvertRequest): AsyncGenerator<ConvertedPiece> {
  const thread = startReadingThread("convert-file-thread", request);
  const arrived: Result<PackedPiece | null>[] = [];
  let failed: unknown;
  let wake: () => void = () => undefined;
  thread.on("message", (piece: Result<PackedPiece | null>) => {
    arrived.push(piece);
    wake();
  });
  thread.on("error", (error: Error) => {
    failed = describeReadingFailure(error, request.file.path);
    wake();
  });
  try {
    for (;;) {
      const result = arrived.shift();
      if (result !== undefined) {
        const piece = unwrap(result);
        if (piece === null) return;
        thread.postMessage("next");
        yield { results: unpackResults(piece.packed), fraction: piece.fraction };
      } else if (failed !== undefined) throw failed instanceof Error ? failed : new Error("the thread that reads the file has failed");
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    await thread.terminate();
  }
}
