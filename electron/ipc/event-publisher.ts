// Where handlers and the engine say what happened, and transports listen. At most ten events a second a topic.

import type { Topic } from "../../shared/contract/events.ts";
import { limitEvents, type Publish } from "../engine-host/limit-events.ts";

export type EventListener = (topic: Topic, payload: unknown) => void;

export interface EventPublisher {
  readonly publish: Publish;
  /** Returns what ends the subscription. */
  readonly subscribe: (listener: EventListener) => () => void;
}

export function createEventPublisher(): EventPublisher {
  const listeners = new Set<EventListener>();
  return {
    publish: limitEvents((topic, payload) => {
      for (const listener of listeners) listener(topic, payload);
    }),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
