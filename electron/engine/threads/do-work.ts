// The side of a WorkThread that runs inside it: does call after call, in the order in which they came.

import { parentPort } from "node:worker_threads";
import { failure, success } from "../../../shared/result.ts";
import type { Work, WorkMessage, WorkRequest } from "./work-thread.ts";

/** Call once. What `work` says while a call is in work is heard by whoever made it. */
export function doWork<Does extends Work>(work: (say: (event: unknown) => void) => Does): void {
  const port = parentPort;
  if (port === null) throw new Error("this program runs in a thread only");
  const post = (message: WorkMessage) => port.postMessage(message);
  let current = 0;
  const does: Work = work((event) => post({ type: "said", call: current, event }));
  const answer = async ({ call, name, parameters }: WorkRequest): Promise<void> => {
    current = call;
    try {
      const method = does[name] as ((...given: readonly unknown[]) => unknown) | undefined;
      if (method === undefined) throw new Error(`the thread does no ${name}`);
      post({ type: "done", call, result: success(await method(...parameters)) });
    } catch (error) {
      post({ type: "done", call, result: failure(error) });
    }
  };
  let last: Promise<void> = Promise.resolve();
  port.on("message", (request: WorkRequest) => {
    last = last.then(() => answer(request));
  });
}
