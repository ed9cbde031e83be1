// A thread that answers questions while the caller waits, for work that only ending its thread can stop: computer algebra, a user's own
// code. The thread starts with the first question and again after it was ended. Owns no work; the thread's program uses answer-questions.ts.

import { extname } from "node:path";
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from "node:worker_threads";

/** Loading a program is not part of the time a question may take. */
const START_LIMIT_MS = 60_000;

export interface SyncThreadOptions {
  /** The thread's program without its extension, which is the one of the files that run here: .ts, or .js once built. */
  readonly program: URL;
  /** Heap of the thread; one that needs more is ended. */
  readonly maxHeapMb: number;
}

export type Answer<T> =
  | { readonly type: "answer"; readonly value: T }
  /** It took longer than allowed or more memory than allowed: the thread was ended. */
  | { readonly type: "stopped" };

/** What the thread is started with: it answers on the port and counts up the signal with each message. */
export interface ThreadStart {
  readonly port: MessagePort;
  readonly signal: Int32Array;
}

interface Running {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly signal: Int32Array;
}

export class SyncThread<Question, T> {
  readonly #options: SyncThreadOptions;
  #running: Running | undefined;

  constructor(options: SyncThreadOptions) {
    this.#options = options;
  }

  /** Blocks the calling thread until the answer is there or `limitMs` are over. Throws if the thread's program cannot be started. */
  ask(question: Question, limitMs: number): Answer<T> {
    this.#running ??= start(this.#options);
    const { port, signal } = this.#running;
    const before = Atomics.load(signal, 0);
    port.postMessage(question);
    const message = waitForMessage(port, signal, before, limitMs) as { readonly value: T } | undefined;
    if (message !== undefined) return { type: "answer", value: message.value };
    this.end();
    return { type: "stopped" };
  }

  /** Ends the thread; the next question starts it anew. */
  end(): void {
    this.#running?.port.close();
    void this.#running?.worker.terminate();
    this.#running = undefined;
  }
}

function start({ program, maxHeapMb }: SyncThreadOptions): Running {
  const { port1, port2 } = new MessageChannel();
  const signal = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(new URL(`${program.href}${extname(import.meta.filename)}`), {
    workerData: { port: port2, signal } satisfies ThreadStart,
    transferList: [port2],
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
  });
  // Out of memory ends the thread by itself; the question in work then runs into its limit.
  worker.on("error", () => undefined);
  // Neither keeps the process alive.
  worker.unref();
  port1.unref();
  if (waitForMessage(port1, signal, 0, START_LIMIT_MS) === undefined) {
    void worker.terminate();
    throw new Error(`the thread ${program.pathname} does not start`);
  }
  return { worker, port: port1, signal };
}

function waitForMessage(port: MessagePort, signal: Int32Array, before: number, limitMs: number): unknown {
  Atomics.wait(signal, 0, before, limitMs);
  return (receiveMessageOnPort(port) as { readonly message: unknown } | undefined)?.message;
}
