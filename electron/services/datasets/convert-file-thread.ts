// The thread that reads and converts a large data file: gives pieces, a few ahead, then null.

import { parentPort, workerData } from "node:worker_threads";
import { failure, success, type Result } from "../../../shared/result.ts";
import { convertFile, type ConvertRequest } from "./convert-file.ts";
import { packResults, type PackedPiece } from "./packed-results.ts";

const PIECES_AHEAD = 3;

let allowed = PIECES_AHEAD;
let wake: () => void = () => undefined;
parentPort?.on("message", () => {
  allowed++;
  wake();
});
const say = (piece: Result<PackedPiece | null>): void => parentPort?.postMessage(piece);

try {
  for await (const piece of convertFile(workerData as ConvertRequest)) {
    while (allowed === 0) await new Promise<void>((resolve) => (wake = resolve));
    allowed--;
    say(success({ packed: packResults(piece.results), fraction: piece.fraction }));
  }
  say(success(null));
} catch (error) {
  say(failure(error));
}
parentPort?.close();
