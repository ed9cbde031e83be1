// A thread that works for a caller who goes on meanwhile: calls are done one after the other, each is answered, and what the work says in
// between is heard at once. Starts with the first call. Owns no work; the thread's program uses do-work.ts.

import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { errorFrom, type Result } from "../../../shared/result.ts";

/** What a thread does, by name. Arguments and results are copied as by postMessage; arrays on shared memory stay the same memory. */
export type Work = Readonly<Record<string, (...parameters: never[]) => unknown>>;

export interface WorkRequest {
  readonly call: number;
  readonly name: string;
  readonly parameters: readonly unknown[];
}

export type WorkMessage =
  | { readonly type: "said"; readonly call: number; readonly event: unknown }
  | { readonly type: "done"; readonly call: number; readonly result: Result<unknown> };

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onEvent: ((event: never) => void) | undefined;
}

interface Running {
  readonly worker: Worker;
  readonly pending: Map<number, Pending>;
  /** Called once nothing is pending any more. */
  onIdle: (() => void) | undefined;
}

export class WorkThread<Does extends Work> {
  readonly #program: URL;
  #running: Running | undefined;
  #calls = 0;

  /** The thread's program without its extension, which is the one of the files that run here: .ts, or .js once built. */
  constructor(program: URL) {
    this.#program = program;
  }

  /**
   * Rejects with what the work threw ("internal-error" for a bug there), and with a plain Error when the thread ends before it has
   * answered. `onEvent` hears what this call says.
   */
  call<Name extends keyof Does & string>(
    name: Name,
    parameters: Parameters<Does[Name]>,
    onEvent?: (event: never) => void,
  ): Promise<Awaited<ReturnType<Does[Name]>>> {
    const { worker, pending } = (this.#running ??= this.#start());
    const call = this.#calls++;
    return new Promise((resolve, reject) => {
      pending.set(call, { resolve: resolve as Pending["resolve"], reject, onEvent });
      // Only unanswered calls keep the process alive.
      worker.ref();
      worker.postMessage({ call, name, parameters } satisfies WorkRequest);
    });
  }

  /**
   * Ends the thread as soon as what was asked of it is answered: one that is ended inside the runtime's own code takes the whole
   * process with it. The next call starts it anew.
   */
  async end(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    if (running.pending.size > 0) await new Promise<void>((resolve) => (running.onIdle = resolve));
    await running.worker.terminate();
  }

  #start(): Running {
    const worker = new Worker(new URL(`${this.#program.href}${extname(import.meta.filename)}`));
    const running: Running = { worker, pending: new Map(), onIdle: undefined };
    let why = "nothing is known of why";
    worker.on("message", (message: WorkMessage) => hear(running, message));
    worker.on("error", (error) => (why = error instanceof Error ? (error.stack ?? error.message) : String(error)));
    worker.on("exit", () => {
      if (this.#running === running) this.#running = undefined;
      for (const { reject } of running.pending.values()) reject(new Error(`the thread ${this.#program.pathname} has ended: ${why}`));
      running.pending.clear();
      running.onIdle?.();
    });
    return running;
  }
}

function hear(running: Running, message: WorkMessage): void {
  const { worker, pending } = running;
  const waiting = pending.get(message.call);
  if (message.type === "said") {
    waiting?.onEvent?.(message.event as never);
    return;
  }
  pending.delete(message.call);
  if (pending.size === 0) worker.unref();
  if (message.result.ok) waiting?.resolve(message.result.value);
  else waiting?.reject(errorFrom(message.result.error));
  if (pending.size === 0) running.onIdle?.();
}
