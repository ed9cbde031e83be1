// The side of a SyncThread that runs inside it: says that it is ready and answers question after question.

import { workerData } from "node:worker_threads";
import type { ThreadMessage, ThreadStart } from "./sync-thread.ts";

/** Call once, when everything is loaded. `answer` must not throw. */
export function answerQuestions<Question, T>(answer: (question: Question) => T): void {
  const start = workerData as ThreadStart;
  start.port.on("message", (question: Question) => sayTo(start, { type: "answer", value: answer(question) }));
  sayTo(start, { type: "ready" });
}

/** Posts, and wakes whoever waits. */
export function sayTo({ port, signal }: ThreadStart, message: ThreadMessage): void {
  port.postMessage(message);
  Atomics.add(signal, 0, 1);
  Atomics.notify(signal, 0);
}
