// The flawed model of synthesis behind a real server that stops answering when it is told to, so that a journey can cut a synthesis off in
// the middle.

import { openChatServer, type ChatServer, type ServerAct } from "../../services/endpoint/testing/chat-server.ts";
import { flawedModel } from "../../services/synthesis/testing/flawed-model.ts";

export interface SlowModel extends ChatServer {
  /** So many more requests are answered, then none. */
  readonly pauseAfter: (requests: number) => void;
  /** Requests that wait for an answer. */
  readonly held: () => number;
}

/** As many samples a record as a synthesis starts by itself. */
const SAMPLES_A_RECORD = 12;

/** For single rules and ands in equal shares. */
export async function openSlowModel({ count, seed }: { readonly count: number; readonly seed: number }): Promise<SlowModel> {
  const mix = [
    { shape: "single" as const, weight: 1 },
    { shape: "and" as const, weight: 1 },
  ];
  const act = flawedModel({ seed, mix, maxSamples: count * SAMPLES_A_RECORD });
  let left = Infinity;
  let held = 0;
  const server = await openChatServer((request): ServerAct => {
    if (left <= 0) {
      held += 1;
      return { type: "silence" };
    }
    left -= 1;
    const wanted = act(request);
    // Waiting for a time limit would be all that a journey sees.
    return wanted.type === "silence" ? { type: "status", status: 429, headers: { "retry-after": "0" } } : wanted;
  });
  return {
    ...server,
    pauseAfter: (requests) => {
      left = requests;
      held = 0;
    },
    held: () => held,
  };
}
