// The side of a SyncThread that runs inside it: says that it is ready and answers question after question.

import { workerData } from "node:worker_threads";
import type { ThreadStart } from "./sync-thread.ts";

/** Call once, when everything is loaded. `answer` must not throw. */
export function answerQuestions<Question, T>(answer: (question: Question) => T): void {
  const { port, signal } = workerData as ThreadStart;
  const say = (message: unknown): void => {
    port.postMessage(message);
    Atomics.add(signal, 0, 1);
    Atomics.notify(signal, 0);
  };
  port.on("message", (question: Question) => say({ value: answer(question) }));
  say({ value: "ready" });
}
