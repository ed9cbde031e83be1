// Data of the host as a view sees it: loading, failed or ready, read again when its inputs change or an event says so. The value
// stays while it is read again, so nothing flickers.

import type { EventPayloads, Topic } from "../../shared/contract/events.ts";
import { failureOf, type Failure } from "../../shared/result.ts";
import { onEvent } from "../lib/client.ts";

/** Events arrive up to ten times a second; reading again is slower work. */
const REREAD_AFTER_MS = 250;

export interface QueryOptions {
  /** Reads again when an event of the topic passes the test. */
  readonly on?: { readonly [Name in Topic]?: (payload: EventPayloads[Name]) => boolean };
}

export class Query<Value> {
  #value = $state.raw<Value>();
  #failure = $state.raw<Failure>();
  #reading = $state(true);
  #newest = 0;
  readonly #load: () => Promise<Value>;

  constructor(load: () => Promise<Value>) {
    this.#load = load;
  }

  /** The last value that arrived; undefined before the first. */
  get value(): Value | undefined {
    return this.#value;
  }

  /** Why the last reading failed. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  get status(): "loading" | "failed" | "ready" {
    if (this.#failure !== undefined) return "failed";
    return this.#value === undefined ? "loading" : "ready";
  }

  /** A reading is under way, the first or a later one. */
  get reading(): boolean {
    return this.#reading;
  }

  /** Replaces the value at once, where a call has already returned the new one. */
  set(value: Value): void {
    this.#newest += 1;
    this.#value = value;
    this.#failure = undefined;
    this.#reading = false;
  }

  /** Reads now; an answer that a newer reading has overtaken is dropped. */
  readonly reload = async (): Promise<void> => {
    const turn = (this.#newest += 1);
    this.#reading = true;
    try {
      const value = await this.#load();
      if (turn !== this.#newest) return;
      this.#value = value;
      this.#failure = undefined;
    } catch (error) {
      if (turn !== this.#newest) return;
      this.#failure = failureOf(error);
    }
    this.#reading = false;
  };
}

/**
 * For use while a component starts up. What `load` reads of reactive state before its first await decides when it is read again.
 */
export function createQuery<Value>(load: () => Promise<Value>, options: QueryOptions = {}): Query<Value> {
  const query = new Query(load);
  $effect(() => {
    void query.reload();
  });
  $effect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void query.reload();
      }, REREAD_AFTER_MS);
    };
    const ends = (Object.keys(options.on ?? {}) as Topic[]).map((topic) =>
      onEvent(topic, (payload) => {
        const test = options.on?.[topic] as ((payload: unknown) => boolean) | undefined;
        if (test?.(payload) === true) soon();
      }),
    );
    return () => {
      clearTimeout(timer);
      for (const end of ends) end();
    };
  });
  return query;
}
