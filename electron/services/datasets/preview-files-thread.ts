// The thread that looks at data files that may be large or hostile: answers once.

import { parentPort, workerData } from "node:worker_threads";
import { failure, success } from "../../../shared/result.ts";
import { previewFiles, type PreviewRequest } from "./preview-files.ts";

try {
  parentPort?.postMessage(success(await previewFiles(workerData as PreviewRequest)));
} catch (error) {
  parentPort?.postMessage(failure(error));
}
