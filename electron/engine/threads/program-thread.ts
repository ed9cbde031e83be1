// What a SyncThread starts: loads the thread's program and says so where it cannot be loaded, because whoever waits hears nothing else.

import { workerData } from "node:worker_threads";
import { sayTo } from "./answer-questions.ts";
import type { ThreadStart } from "./sync-thread.ts";

const start = workerData as ThreadStart;
try {
  await import(start.program);
} catch (error) {
  sayTo(start, { type: "failed", why: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
