// A thread that answers questions while the caller waits, for work that only ending its thread can stop: computer algebra, a user's own
// code. The thread starts with the first question and again after it was ended. Owns no work; the thread's program uses answer-questions.ts.

import { extname } from "node:path";
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from "node:worker_threads";

/** Loading a program is not part of the time a question may take. */
const START_LIMIT_MS = 60_000;
const WALL_FACTOR = 10;
const SHORTEST_WAIT_MS = 10;

export interface SyncThreadOptions {
  /** The thread's program without its extension, which is the one of the files that run here: .ts, or .js once built. */
  readonly program: URL;
  /** Heap of the thread; one that needs more is ended. */
  readonly maxHeapMb: number;
}

/** `usedMs` of the time allowed were used; starting the thread does not count. */
export type Answer<T> =
  | { readonly type: "answer"; readonly value: T; readonly usedMs: number }
  /** It took longer than allowed or more memory than allowed: the thread was ended. */
  | { readonly type: "stopped"; readonly usedMs: number };

/** What the thread is started with: it answers on the port and counts up the signal with each message. */
export interface ThreadStart {
  /** Address of the program to load. */
  readonly program: string;
  readonly port: MessagePort;
  readonly signal: Int32Array;
}

export type ThreadMessage =
  | { readonly type: "ready" }
  | { readonly type: "answer"; readonly value: unknown }
  /** The program could not be loaded. */
  | { readonly type: "failed"; readonly why: string };

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

  /**
   * Blocks the calling thread until the answer is there or the thread has had `limitMs` of processor time, so that a busy machine does
   * not change an answer; at most ten times as long. Throws if the thread's program cannot be started.
   */
  ask(question: Question, limitMs: number): Answer<T> {
    this.#running ??= start(this.#options);
    const { port, signal } = this.#running;
    const before = Atomics.load(signal, 0);
    port.postMessage(question);
    const { message, usedMs } = waitWhileWorking(port, signal, before, limitMs);
    if (message?.type === "answer") return { type: "answer", value: message.value as T, usedMs };
    this.end();
    return { type: "stopped", usedMs };
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
  const extension = extname(import.meta.filename);
  const worker = new Worker(new URL(`program-thread${extension}`, import.meta.url), {
    workerData: { port: port2, signal, program: `${program.href}${extension}` } satisfies ThreadStart,
    transferList: [port2],
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
  });
  // Out of memory ends the thread by itself; the question in work then runs into its limit.
  worker.on("error", () => undefined);
  // Neither keeps the process alive.
  worker.unref();
  port1.unref();
  const message = waitForMessage(port1, signal, 0, START_LIMIT_MS);
  if (message?.type !== "ready") {
    void worker.terminate();
    throw new Error(`the thread ${program.pathname} does not start: ${message?.type === "failed" ? message.why : "it says nothing"}`);
  }
  return { worker, port: port1, signal };
}

interface Waited {
  readonly message: ThreadMessage | undefined;
  readonly usedMs: number;
}

/** The waiting thread uses no processor time itself, so that what the process uses is the other thread's, give or take idle ones. */
function waitWhileWorking(port: MessagePort, signal: Int32Array, before: number, limitMs: number): Waited {
  const usage = process.cpuUsage();
  const started = performance.now();
  for (let restMs = limitMs; ;) {
    const message = waitForMessage(port, signal, before, Math.max(restMs, SHORTEST_WAIT_MS));
    const waitedMs = performance.now() - started;
    const { user, system } = process.cpuUsage(usage);
    const usedMs = Math.min(waitedMs, (user + system) / 1000);
    restMs = Math.min(limitMs - usedMs, WALL_FACTOR * limitMs - waitedMs);
    if (message !== undefined || restMs <= 0) return { message, usedMs };
  }
}

function waitForMessage(port: MessagePort, signal: Int32Array, before: number, limitMs: number): ThreadMessage | undefined {
  Atomics.wait(signal, 0, before, limitMs);
  return (receiveMessageOnPort(port) as { readonly message: ThreadMessage } | undefined)?.message;
}
