// The thread of the reading test: does what it is told to.

import { parentPort, workerData } from "node:worker_threads";
import { WorkbenchError } from "../../../../shared/errors.ts";
import { failure, success } from "../../../../shared/result.ts";

const kept: number[][] = [];
if (workerData === "answer") parentPort?.postMessage(success("read"));
if (workerData === "fail") parentPort?.postMessage(failure(new WorkbenchError("invalid-record", "no such thing in it")));
while (workerData === "grow") kept.push(Array.from({ length: 10_000 }, () => Math.random()));
