// At most ten events a second a topic, whatever the engine says: of one kind (the same run, the same job) the newest counts, kinds
// take turns, and the last word of each is always said.

import type { EventPayloads, Topic } from "../../shared/contract/events.ts";

export type Publish = <Name extends Topic>(topic: Name, payload: EventPayloads[Name]) => void;

const INTERVAL_MS = 100;

/** What an event of the same topic may replace. */
const KIND: { readonly [Name in Topic]: (payload: EventPayloads[Name]) => string } = {
  run: ({ runId }) => String(runId),
  job: ({ jobId }) => String(jobId),
  engine: () => "",
  rollouts: ({ runId }) => String(runId),
  generation: ({ jobId, index }) => `${jobId}/${index}`,
  change: ({ datasetId }) => String(datasetId),
  workspace: ({ changed }) => changed,
};

interface Lane {
  /** By kind, in the order in which they get their turn. */
  readonly waiting: Map<string, () => void>;
  lastMs: number;
  timer: NodeJS.Timeout | undefined;
}

export function limitEvents(publish: Publish): Publish {
  const lanes = new Map<Topic, Lane>();

  const sendNext = (lane: Lane): void => {
    const next = lane.waiting.entries().next();
    if (next.done === true) return;
    const [kind, send] = next.value;
    lane.waiting.delete(kind);
    lane.lastMs = performance.now();
    if (lane.waiting.size > 0) schedule(lane, INTERVAL_MS);
    send();
  };

  const schedule = (lane: Lane, delayMs: number): void => {
    lane.timer = setTimeout(() => {
      lane.timer = undefined;
      sendNext(lane);
    }, delayMs);
    lane.timer.unref();
  };

  return (topic, payload) => {
    const lane = lanes.get(topic) ?? { waiting: new Map<string, () => void>(), lastMs: -Infinity, timer: undefined };
    lanes.set(topic, lane);
    lane.waiting.set(KIND[topic](payload), () => publish(topic, payload));
    if (lane.timer !== undefined) return;
    const delayMs = lane.lastMs + INTERVAL_MS - performance.now();
    if (delayMs <= 0) sendNext(lane);
    else schedule(lane, delayMs);
  };
}
